import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { taskAttributes, type TracedTask } from './attributes.js';
import { traceIdOfTask, withIds } from './preset-ids.js';
import { writeTraceparent } from './traceparent.js';
import { tracer } from './tracer.js';

/**
 * The creation of a task, and the parent of all that becomes of it: a span that is over, and exported, once the task is
 * stored. One of a task that is not stored is never told of.
 */
export class CreationSpan {
  /** To be stored with the task. */
  readonly traceparent: string;

  private constructor(private readonly span: Span) {
    this.traceparent = writeTraceparent(span.spanContext());
  }

  /** @param given - the trace context that the caller has named, which may be of another trace than what runs here */
  static start(task: TracedTask, given: SpanContext | null): CreationSpan {
    const { name } = task.template;
    const options = { kind: SpanKind.PRODUCER, attributes: taskAttributes(task) };
    const parent = parentOf(given);
    const ids = trace.getSpan(parent) ? {} : { traceId: traceIdOfTask(task.taskId) };
    return new CreationSpan(withIds(ids, () => tracer().startSpan(`tasker.task ${name}`, options, parent)));
  }

  stored(): void {
    this.span.end();
  }

  failed(error: unknown): void {
    const { message } = error as Error;
    this.span.recordException(error as Error);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
    this.span.end();
  }
}

/** The span that runs here, unless the caller has named one of another trace. */
function parentOf(given: SpanContext | null): Context {
  const active = context.active();
  if (given === null || trace.getSpanContext(active)?.traceId === given.traceId) return active;
  return trace.setSpanContext(ROOT_CONTEXT, given);
}
