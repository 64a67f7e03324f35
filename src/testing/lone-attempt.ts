import { Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { EntityManager } from 'typeorm';
import { PermanentError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import { StepTimeoutError } from '../orchestration/failure-policy.js';
import { AttemptRefusedError } from '../orchestration/live-attempt.js';
import { preparedConfig } from '../orchestration/step-configs.js';
import type { RegisteredStepHandler } from '../registry/registered-step-handler.js';
import type { Sequence, StepContext, StepInfo, TaskInfo } from '../registry/step-handler.js';
import type { RunStepOptions } from './run-step-options.js';

/** An attempt of a step that no worker has claimed. */
export class LoneAttempt {
  /** What the handler's own transaction has made the step's result. */
  committed: { result: unknown } | null = null;
  private readonly controller = new AbortController();
  private readonly step: StepInfo;

  constructor(
    private readonly options: RunStepOptions,
    private readonly registered: RegisteredStepHandler,
  ) {
    this.step = stepInfo(options, registered);
  }

  /** @throws PermanentError `CONFIG_UNRESOLVED` or `CONFIG_INVALID` */
  context(): StepContext {
    const { config = {}, env = process.env, results = {} } = this.options;
    return {
      task: taskInfo(this.options),
      step: this.step,
      config: preparedConfig(this.step.name, config, this.registered, env),
      signal: this.controller.signal,
      logger: new Logger('tasker.handlers'),
      sequence: sequenceOf(results),
      heartbeat: () => this.beat(),
      publish: (event, payload = {}) => this.publish(event, payload),
      metrics: { record: (name, value, labels = {}) => void this.options.measured?.push({ name, value, labels }) },
      transaction: (fn) => this.transaction(fn),
    };
  }

  /** Ends with the handler, or with its timeout, whichever comes first. */
  async withinTimeout<T>(work: () => Promise<T>): Promise<T> {
    const { signal, timeoutSeconds } = this.options;
    const { name } = this.step;
    const abort = (): void => this.controller.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      if (timeoutSeconds === undefined) return;
      timer = setTimeout(() => {
        const error = new StepTimeoutError(name, timeoutSeconds);
        this.controller.abort(error);
        reject(error);
      }, timeoutSeconds * 1000);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  private async beat(): Promise<void> {
    if (this.controller.signal.aborted) throw this.refusal();
  }

  private publish(event: string, payload: object): void {
    const json = JSON.stringify(payload) as string | undefined;
    if (!json?.startsWith('{')) {
      throw new PermanentError(`The payload of "${event}" must be an object, but is ${json ?? typeof payload}.`, {
        errorCode: 'EVENT_PAYLOAD_INVALID',
        errorCategory: 'validation',
      });
    }
    this.options.published?.push({ event, payload: JSON.parse(json) as JsonObject });
  }

  private async transaction<T>(fn: (manager: EntityManager) => Promise<T>): Promise<T> {
    const { manager } = this.options;
    if (!manager) throw new TypeError('runStep needs `manager` for a handler that uses transaction().');
    if (this.committed || this.controller.signal.aborted) throw this.refusal();
    const result = await manager.transaction(fn);
    this.committed = { result };
    return result;
  }

  private refusal(): AttemptRefusedError {
    return new AttemptRefusedError(this.step.name, this.step.attempt);
  }
}

function sequenceOf(results: NonNullable<RunStepOptions['results']>): Sequence {
  const names = Object.keys(results);
  return {
    names,
    results: <T>(name: string): T => {
      if (!Object.hasOwn(results, name)) {
        throw new TypeError(`runStep was given no results of a step "${name}".${didYouMean(name, names)}`);
      }
      return structuredClone(results[name]) as T;
    },
  };
}

function taskInfo({ context, task }: RunStepOptions): TaskInfo {
  return {
    taskId: uuidv7(),
    namespace: 'default',
    name: 'test',
    version: '0.1.0',
    context: context ?? {},
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

function stepInfo(options: RunStepOptions, { dependentSystem }: RegisteredStepHandler): StepInfo {
  const { attempt = 1, retryLimit = 3, previousError, inputs = {}, step } = options;
  const stepId = step?.stepId ?? uuidv7();
  return {
    stepId,
    name: 'step',
    attempt,
    retryLimit,
    isLastAttempt: attempt >= retryLimit,
    previousError: previousError ?? null,
    idempotencyKey: stepId,
    dependentSystem,
    inputs,
    ...step,
  };
}
