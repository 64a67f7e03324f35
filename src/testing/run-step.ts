import { Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { EntityManager } from 'typeorm';
import type { StepFailure } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import type { TaskContext } from '../core/template.js';
import type { StepContext, StepHandlerContract, StepInfo, TaskInfo } from '../registry/step-handler.js';

/** What the handler finds; whatever is left out has a plain default. */
export interface RunStepOptions<C = TaskContext> {
  context?: C;
  config?: JsonObject;
  /** Results of the ancestors by the names of their steps. */
  results?: Record<string, Json>;
  /** Counts from 1. @default 1 */
  attempt?: number;
  /** @default 3 */
  retryLimit?: number;
  previousError?: StepFailure;
  signal?: AbortSignal;
  task?: Partial<TaskInfo<C>>;
  /** What `transaction` hands to the handler's function. @default refuses: run the handler through a worker instead */
  manager?: EntityManager;
}

/** Runs one attempt of a handler alone, without a database: what it returns, `processResults` included, or throws. */
export async function runStep<C, R>(
  handler: StepHandlerContract<C, R>,
  options: RunStepOptions<C> = {},
): Promise<unknown> {
  const context = contextFor(options);
  const output = await handler.process(context);
  return handler.processResults ? await handler.processResults(context.step, output, null) : output;
}

function contextFor<C>(options: RunStepOptions<C>): StepContext<C> {
  const { config = {}, results = {}, signal = new AbortController().signal, manager } = options;
  return {
    task: taskFor(options),
    step: stepFor(options),
    config: Object.freeze({ ...config }),
    signal,
    logger: new Logger('Tasker'),
    sequence: {
      names: Object.keys(results),
      results: <T>(name: string): T => {
        if (!Object.hasOwn(results, name)) throw new TypeError(`runStep was given no results of a step "${name}".`);
        return structuredClone(results[name]) as T;
      },
    },
    heartbeat: () => Promise.resolve(),
    transaction: <T>(fn: (manager: EntityManager) => Promise<T>): Promise<T> => {
      if (!manager) throw new TypeError('runStep needs `manager` for a handler that uses transaction().');
      return fn(manager);
    },
  };
}

function taskFor<C>({ context, task }: RunStepOptions<C>): TaskInfo<C> {
  return {
    taskId: uuidv7(),
    namespace: 'default',
    name: 'test',
    version: '0.1.0',
    context: (context ?? {}) as C,
    initiator: 'test',
    reason: 'test',
    sourceSystem: 'test',
    tags: [],
    priority: 0,
    correlationId: uuidv7(),
    traceparent: null,
    createdAt: new Date(),
    ...task,
  };
}

function stepFor({ attempt = 1, retryLimit = 3, previousError }: RunStepOptions<unknown>): StepInfo {
  const stepId = uuidv7();
  return {
    stepId,
    name: 'step',
    attempt,
    retryLimit,
    isLastAttempt: attempt >= retryLimit,
    previousError: previousError ?? null,
    idempotencyKey: stepId,
    dependentSystem: null,
  };
}
