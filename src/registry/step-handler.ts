import type { LoggerService } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { StepFailure } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import type { TaskContext } from '../core/template.js';

/**
 * Runs one kind of step. A handler is an ordinary singleton provider: steps run in it concurrently,
 * so what belongs to one step must not be kept in its fields.
 */
export interface StepHandlerContract<C = TaskContext, R = unknown> {
  /**
   * Does the step's work. What it returns is the step's result: JSON, at most `maxResultBytes`; nothing is stored as null.
   *
   * @throws PermanentError to fail at once; RetryableError, or anything else, to be tried again while attempts are left.
   *   TypeError, ReferenceError, SyntaxError and RangeError are mistakes in the program, and permanent.
   */
  process(context: StepContext<C>): Promise<R> | R;

  /** May enrich what is stored: gets the output of `process`, returns the result. */
  processResults?(step: StepInfo, output: R, initialResults: Json | null): unknown;

  /**
   * Whether steps wait while the system that they depend on fails for everybody: after five failures in a row over all
   * workers (errors of the categories `timeout`, `network` and `external_service` that may pass) one step at a time tries
   * whether it is back. A step sets it in its `handler_config.circuit_breaker`. @default false; true for ApiStepHandler
   */
  readonly circuitBreaker?: boolean;

  /** Called once before the first step, in a process that runs steps; one that fails stops its start. In a thread, in each. */
  setup?(): Promise<void> | void;

  /** Called once after the last step, when the worker has drained. In a thread, in each. */
  cleanup?(): Promise<void> | void;
}

/** Optional base for handlers: only says the types. Implementing `process` is enough. */
export abstract class StepHandlerBase<C = TaskContext, R = unknown> implements StepHandlerContract<C, R> {
  abstract process(context: StepContext<C>): Promise<R> | R;
}

/** Everything that a handler gets to know and use while it runs one attempt of a step. */
export interface StepContext<C = TaskContext> {
  readonly task: TaskInfo<C>;
  /** What the finished ancestors of this step left. */
  readonly sequence: Sequence;
  readonly step: StepInfo;
  /** The step's `handler_config`, `${NAME}` resolved. Frozen: it is shared by all steps of the template. */
  readonly config: Readonly<JsonObject>;
  /** Fires when the attempt times out, is cancelled, is released by a draining worker, or belongs to another worker by now. */
  readonly signal: AbortSignal;
  readonly logger: LoggerService;
  /** Asks the database whether this attempt is still the live one; rejects, and fires `signal`, where it is not. */
  readonly heartbeat: () => Promise<void>;
  /**
   * Publishes an event that is declared: by the template, in a file of events, or with `@CustomEvent`. It becomes visible
   * with the attempt's outcome, success or failure, before the events that tell of that; never if the attempt is
   * refused, released or lost.
   *
   * @param event - its full name; the namespace of the template may be left out
   * @param payload - JSON as it is declared; defaults of its schema are filled in
   * @throws PermanentError `EVENT_UNDECLARED` or `EVENT_PAYLOAD_INVALID`
   */
  readonly publish: (event: string, payload?: object) => void;
  /**
   * Figures that the template declares in `monitoring.metrics`. They count with the attempt's outcome, success or failure;
   * never if the attempt is refused, released or lost.
   */
  readonly metrics: StepMetrics;
  /**
   * Runs `fn` in a transaction on Tasker's database in which the step completes too: the handler's own rows and the
   * step's result commit together or not at all. What `fn` returns is the step's result. Events that it publishes are
   * dropped if it fails.
   *
   * @throws AttemptRefusedError if the attempt is no longer the live one; `fn`'s rows are rolled back
   */
  readonly transaction: <T>(fn: (manager: EntityManager) => Promise<T>) => Promise<T>;
}

export interface StepMetrics {
  /**
   * Adds to a counter, sets a gauge, or puts a value into a histogram.
   *
   * @param name - as it is declared
   * @param labels - five at most, of few values each: no ids
   * @throws PermanentError `METRIC_UNDECLARED` or `METRIC_INVALID`
   */
  readonly record: (name: string, value: number, labels?: Readonly<Record<string, string | number | boolean>>) => void;
}

export interface TaskInfo<C = TaskContext> {
  readonly taskId: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly context: C;
  readonly initiator: string;
  readonly reason: string;
  readonly sourceSystem: string;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly correlationId: string;
  /**
   * W3C trace context for what this attempt calls: its own span's where it has one, else what the task was created under;
   * null where there was none.
   */
  readonly traceparent: string | null;
  readonly createdAt: Date;
}

export interface StepInfo {
  readonly stepId: string;
  readonly name: string;
  /** Counts from 1 over the step's whole life. */
  readonly attempt: number;
  /** Attempts in all that the step may have, the first included. */
  readonly retryLimit: number;
  /** No attempt follows if this one fails. */
  readonly isLastAttempt: boolean;
  /** What the attempt before failed with; null on the first. */
  readonly previousError: StepFailure | null;
  /** The same for every attempt of the step: give it to services that suppress duplicates. */
  readonly idempotencyKey: string;
  readonly dependentSystem: string | null;
  /** The step's `inputs`, `${NAME}` resolved, or what an operator gave it in their place. Frozen. */
  readonly inputs: Readonly<JsonObject>;
}

/** Results of the steps that this step depends on, directly or not. */
export interface Sequence {
  /**
   * Result of an ancestor; null where it left none (skipped, or settled by hand without one).
   *
   * @throws TypeError if no ancestor of this step has that name
   */
  results<T = Json>(stepName: string): T;
  /** Names of the ancestors that have finished, in the template's order. */
  readonly names: readonly string[];
}
