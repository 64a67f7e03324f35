import type { Context } from '@opentelemetry/api';
import { SYSTEM_CLOCK, type Clock, type Timer } from '../core/clock.js';
import { stepId } from '../core/identity.js';
import type { LogIds, LogScope } from '../core/log-scope.js';
import type { StepTemplate } from '../core/template.js';
import type { ProvenMetric } from '../metrics/template-metrics.js';
import type { AttemptKey, ClaimedStep } from '../persistence/stores/attempts.js';
import type { AttemptSpan } from '../telemetry/attempt-span.js';
import { readTraceparent } from '../telemetry/traceparent.js';
import type { PublishedEvent } from './published-event.js';
import type { TaskMemory } from './task-memory.js';

/** One attempt in this worker's hands, from claim to settlement. */
export class LiveAttempt implements AttemptKey, LogScope {
  readonly taskId: string;
  readonly stepNo: number;
  readonly attempt: number;
  /** Ticks of the clock. */
  private startedAt: number;
  private endedAt: number | null = null;
  /** Its outcome stands: whatever the handler still brings is late. */
  ended = false;
  /** The handler's own transaction has completed the step: what the handler returns after it does not count. */
  committed = false;
  /** Its outcome is being written in the handler's own transaction: nothing can be added to it. */
  settling = false;
  /** What its handler has published; null for nothing. */
  published: PublishedEvent[] | null = null;
  /** What its handler has measured; null for nothing. */
  measured: ProvenMetric[] | null = null;
  /** Null where its task is not traced, or not sampled. */
  span: AttemptSpan | null = null;
  /** What its handler does belongs to this trace; null where there is none. */
  within: Context | null = null;
  timer: Timer | undefined;
  private controller: AbortController | undefined;
  private abortReason: Error | undefined;

  constructor(
    readonly claim: ClaimedStep,
    readonly memory: TaskMemory,
    /** The incarnation of the worker that holds it. */
    readonly workerId: number,
    private readonly clock: Clock = SYSTEM_CLOCK,
  ) {
    this.startedAt = clock.ticks();
    this.taskId = claim.taskId;
    this.stepNo = claim.stepNo;
    this.attempt = claim.attempt;
  }

  get key(): string {
    return `${this.taskId} ${this.stepNo}`;
  }

  get logIds(): LogIds {
    const { correlationId, traceparent } = this.memory.task;
    const { namespace, name } = this.memory.entry.template;
    const own = readTraceparent(this.span?.traceparent);
    return {
      correlation_id: correlationId,
      trace_id: (own ?? readTraceparent(traceparent))?.traceId,
      span_id: own?.spanId,
      task_id: this.taskId,
      task_name: name,
      namespace,
      step_name: this.step.name,
      attempt: this.attempt,
    };
  }

  get step(): StepTemplate {
    return this.memory.entry.step(this.stepNo);
  }

  get stepId(): string {
    return stepId(this.taskId, this.stepNo);
  }

  /** Attempts that count against the limit, this one included. */
  get counted(): number {
    return this.attempt - this.claim.forgiven;
  }

  /** Made when first asked for: most handlers never look. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.abortReason) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  /** Seconds that its handler took, or since it began: not what writing its outcome takes. */
  get duration(): number {
    return ((this.endedAt ?? this.clock.ticks()) - this.startedAt) / 1000;
  }

  /** Its handler is about to be called. */
  begin(): void {
    this.startedAt = this.clock.ticks();
  }

  /** Nothing that the handler brings from here on is its outcome. */
  end(): void {
    this.ended = true;
    this.endedAt ??= this.clock.ticks();
    this.timer?.close();
    this.span?.stop();
  }

  abort(reason: Error): void {
    this.abortReason ??= reason;
    this.controller?.abort(reason);
  }
}

/** Why the signal of an attempt fired. */
export class AttemptAbortedError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'AbortError';
  }
}

/** The attempt is not the live one of its step any more: it timed out, was cancelled, or its worker was taken for dead. */
export class AttemptRefusedError extends Error {
  readonly retryable = false;
  readonly errorCode = 'ATTEMPT_REFUSED';

  constructor(step: string, attempt: number) {
    super(`Attempt ${attempt} of step "${step}" is no longer the live one: its results are refused.`);
    this.name = 'AttemptRefusedError';
  }
}
