import type { EntityManager } from 'typeorm';
import type { StepFailure } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import type { TaskContext } from '../core/template.js';
import type { StepInfo, TaskInfo } from '../registry/step-handler.js';

/** An event that a handler has published. */
export interface PublishedEvent {
  event: string;
  payload: JsonObject;
}

/** A value that a handler has recorded of a metric. */
export interface MeasuredValue {
  name: string;
  value: number;
  labels: Readonly<Record<string, string | number | boolean>>;
}

/** What the handler finds; whatever is left out has a plain default. */
export interface RunStepOptions<C = TaskContext, Ancestor extends string = string> {
  context?: C;
  /** The step's `handler_config`: laid over the handler's own, and completed by its `configSchema`. */
  config?: JsonObject;
  /** Where `${NAME}` in the config is looked up. @default process.env */
  env?: NodeJS.ProcessEnv;
  /** The step's `inputs`. */
  inputs?: JsonObject;
  /** Results of the ancestors by the names of their steps. */
  results?: { [Name in Ancestor]?: Json };
  /** Counts from 1. @default 1 */
  attempt?: number;
  /** @default 3 */
  retryLimit?: number;
  previousError?: StepFailure;
  /** Ends the attempt from outside, as a cancellation does. */
  signal?: AbortSignal;
  /** The attempt is ended after so many seconds. @default not */
  timeoutSeconds?: number;
  task?: Partial<TaskInfo<C>>;
  step?: Partial<StepInfo>;
  /** Takes what the handler publishes, in its order. */
  published?: PublishedEvent[];
  /** Takes what the handler measures, in its order. */
  measured?: MeasuredValue[];
  /**
   * Of the database that `transaction` works on: one of a test's, as `tasker.get(Database).dataSource.manager`; in a
   * transaction of the test's own, it is a savepoint. @default a handler that uses `transaction` is refused
   */
  manager?: EntityManager;
}
