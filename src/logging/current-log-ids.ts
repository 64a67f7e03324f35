import { isSpanContextValid, trace } from '@opentelemetry/api';
import { followLogScopes, scopedLogIds, type LogIds } from '../core/log-scope.js';

/**
 * The ids of what the caller works for: `correlation_id` in a request, a step or a subscriber; in a handler also `task_id`,
 * `task_name`, `namespace`, `step_name` and `attempt`; `trace_id` and `span_id` where there is a trace. For a logger of
 * your own: `pino({ mixin: currentLogIds })`. They are kept track of where Nest has a logger of the application's own
 * (`app.useLogger(…)`), else from the first call on, for that is not free.
 */
export function currentLogIds(): LogIds {
  followLogScopes();
  const span = trace.getActiveSpan()?.spanContext();
  if (!span || !isSpanContextValid(span)) return scopedLogIds();
  return { ...scopedLogIds(), trace_id: span.traceId, span_id: span.spanId };
}
