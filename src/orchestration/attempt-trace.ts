import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { runInLogScope } from '../core/log-scope.js';
import { AttemptSpan } from '../telemetry/attempt-span.js';
import type { LiveAttempt } from './live-attempt.js';

/** As `lost_error` has it. */
const WORKER_LOST = 'WORKER_LOST';

/** Begins the span of an attempt, and what its handler is to run within. One of a task that is not sampled runs there without. */
export function beginTrace(attempt: LiveAttempt, dependentSystem: string | null): void {
  const { memory, claim, step, stepId, stepNo, workerId } = attempt;
  const { trace } = memory;
  attempt.within = trace.context;
  if (!trace.isSampled) return;
  const lost = claim.previousError?.error_code === WORKER_LOST ? claim.previousError.attempt : null;
  const span = AttemptSpan.start(
    trace,
    {
      ...{ stepNo, stepName: step.name, stepId, attempt: attempt.attempt, retryLimit: claim.retryLimit, workerId },
      dependentSystem: step.dependentSystem ?? dependentSystem,
    },
    lost,
  );
  attempt.within = span.context;
  if (span.isRecording) attempt.span = span;
}

/** Calls what is the handler's own: its log lines and its spans belong to the attempt. */
export function callWithin<T>(attempt: LiveAttempt, work: () => T): T {
  const { within } = attempt;
  return runInLogScope(attempt, within === null ? work : () => context.with(within, work));
}

/** What the engine does for itself belongs to no handler's trace. */
export const callOutside = (work: () => void): void => context.with(ROOT_CONTEXT, work);
