import { SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import type { StepFailure } from '../core/failure.js';
import type { AttemptOutcome } from '../core/states.js';
import { ATTRIBUTE } from './attributes.js';
import { spanIdOfAttempt } from './preset-ids.js';
import type { TaskTrace } from './task-trace.js';
import { writeTraceparent } from './traceparent.js';

/** What the span of an attempt says of it. */
export interface TracedAttempt {
  stepNo: number;
  stepName: string;
  stepId: string;
  attempt: number;
  retryLimit: number;
  workerId?: number;
  dependentSystem?: string | null;
}

/** How an attempt ended that did not end by itself. */
export type CutShort = Extract<AttemptOutcome, 'cancelled' | 'released'>;

/** One attempt of a step. It is told of when what became of it is known to be true: a lost worker tells nothing. */
export class AttemptSpan {
  /** What the handler does hangs below this. */
  readonly context: Context;
  private endedAt: number | undefined;
  private isTold = false;

  private constructor(
    private readonly span: Span,
    taskTrace: TaskTrace,
  ) {
    this.context = trace.setSpan(taskTrace.context, span);
  }

  /**
   * @param lost - the attempt of this step whose worker was lost; null where the one before ended otherwise
   */
  static start(taskTrace: TaskTrace, attempt: TracedAttempt, lost: number | null): AttemptSpan {
    const span = begin(taskTrace, attempt);
    if (lost !== null && span.isRecording()) link(span, taskTrace, attempt, lost);
    return new AttemptSpan(span, taskTrace);
  }

  /** False where the SDK's sampler did not want it. */
  get isRecording(): boolean {
    return this.span.isRecording();
  }

  /** For calls that the handler makes. */
  get traceparent(): string {
    return writeTraceparent(this.span.spanContext());
  }

  /** Its handler is through; what became of it is yet to be written. */
  stop(): void {
    this.endedAt ??= performance.now();
  }

  succeeded(): void {
    this.tell('succeeded');
  }

  failed(failure: StepFailure, outcome: 'failed' | 'timed_out', nextRetryAt: Date | null): void {
    this.tell(outcome, () => {
      recordFailure(this.span, failure, this.endedAt);
      if (nextRetryAt) this.span.setAttribute(ATTRIBUTE.nextRetryAt, nextRetryAt.toISOString());
    });
  }

  /** It was not the live attempt of its step any more. */
  refused(): void {
    const message = 'The outcome was refused: the attempt had ended elsewhere.';
    this.tell('refused', () => this.span.setStatus({ code: SpanStatusCode.ERROR, message }));
  }

  /** @param why - the reason that its handler was given */
  cutShort(outcome: CutShort, why: string): void {
    this.tell(outcome, () => this.span.setAttribute(ATTRIBUTE.reason, why));
  }

  /** Once: what comes later, such as the result of an attempt that had timed out, is not what became of it. */
  private tell(outcome: AttemptOutcome, describe?: () => unknown): void {
    if (this.isTold) return;
    this.isTold = true;
    describe?.();
    this.span.setAttribute(ATTRIBUTE.outcome, outcome);
    this.span.end(this.endedAt);
  }
}

export interface LostAttempt {
  startedAt: Date;
  failure: StepFailure;
}

/** Writes the span that a lost worker could not: under the id that it had, from its start to the time at which it was found lost. */
export function writeLostAttempt(
  taskTrace: TaskTrace,
  attempt: TracedAttempt,
  { startedAt, failure }: LostAttempt,
): void {
  const span = begin(taskTrace, attempt, startedAt);
  recordFailure(span, failure);
  span.setAttribute(ATTRIBUTE.outcome, 'worker_lost' satisfies AttemptOutcome);
  span.end();
}

function begin(taskTrace: TaskTrace, attempt: TracedAttempt, startTime?: Date): Span {
  const attributes: Attributes = {
    ...taskTrace.attributes,
    [ATTRIBUTE.stepName]: attempt.stepName,
    [ATTRIBUTE.stepId]: attempt.stepId,
    [ATTRIBUTE.attempt]: attempt.attempt,
    [ATTRIBUTE.retryLimit]: attempt.retryLimit,
    [ATTRIBUTE.workerId]: attempt.workerId,
  };
  if (attempt.dependentSystem) attributes[ATTRIBUTE.dependentSystem] = attempt.dependentSystem;
  const options = { kind: SpanKind.CONSUMER, attributes, startTime };
  return taskTrace.start(`tasker.step ${attempt.stepName}`, options, idOf(taskTrace, attempt));
}

/** To the attempt that was lost; under an SDK that makes its own ids, nobody knows that one's, and the task stands for it. */
function link(span: Span, taskTrace: TaskTrace, attempt: TracedAttempt, lost: number): void {
  const own = span.spanContext();
  const isPreset = own.spanId === idOf(taskTrace, attempt);
  const target = isPreset
    ? { ...own, spanId: idOf(taskTrace, { ...attempt, attempt: lost }) }
    : trace.getSpanContext(taskTrace.context);
  const attributes = { [ATTRIBUTE.attempt]: lost, [ATTRIBUTE.outcome]: 'worker_lost' satisfies AttemptOutcome };
  if (target) span.addLink({ context: target, attributes });
}

/** @param at - milliseconds as `performance.now()` counts them; now where it is left out */
function recordFailure(span: Span, failure: StepFailure, at?: number): void {
  const { errorClass, errorCode, errorCategory, message, stack, retryable } = failure;
  span.recordException({ name: errorClass, message, stack: stack ?? undefined }, at);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute('error.type', errorCode ?? errorClass);
  span.setAttribute(ATTRIBUTE.retryable, retryable);
  if (errorCategory) span.setAttribute(ATTRIBUTE.errorCategory, errorCategory);
}

const idOf = ({ task }: TaskTrace, { stepNo, attempt }: TracedAttempt): string =>
  spanIdOfAttempt(task.taskId, stepNo, attempt);
