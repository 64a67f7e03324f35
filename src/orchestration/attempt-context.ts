import type { LoggerService } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { reviveFailure } from '../core/failure.js';
import { didYouMean } from '../core/suggest.js';
import type { Json, JsonObject } from '../core/json.js';
import type { Sequence, StepContext, StepInfo, TaskInfo } from '../registry/step-handler.js';
import type { LiveAttempt } from './live-attempt.js';

/** What the context needs of the engine. */
export interface AttemptServices {
  readonly logger: LoggerService;
  heartbeat(attempt: LiveAttempt): Promise<void>;
  transaction<T>(attempt: LiveAttempt, step: StepInfo, fn: (manager: EntityManager) => Promise<T>): Promise<T>;
}

/** A handler's view of its attempt. Parts that a handler does not look at are not made. */
export class AttemptContext implements StepContext<never> {
  readonly task: TaskInfo<never>;
  readonly step: StepInfo;

  constructor(
    private readonly attempt: LiveAttempt,
    readonly config: Readonly<JsonObject>,
    private readonly services: AttemptServices,
  ) {
    this.task = taskInfo(attempt);
    this.step = stepInfo(attempt);
  }

  get sequence(): Sequence {
    return new AncestorResults(this.attempt);
  }

  get signal(): AbortSignal {
    return this.attempt.signal;
  }

  get logger(): LoggerService {
    return this.services.logger;
  }

  // handlers take the context apart: what they call must not need `this`
  get heartbeat(): () => Promise<void> {
    return () => this.services.heartbeat(this.attempt);
  }

  get transaction(): <T>(fn: (manager: EntityManager) => Promise<T>) => Promise<T> {
    return (fn) => this.services.transaction(this.attempt, this.step, fn);
  }
}

class AncestorResults implements Sequence {
  constructor(private readonly attempt: LiveAttempt) {}

  get names(): string[] {
    const { entry } = this.attempt.memory;
    return entry.ancestorsOf(this.attempt.stepNo).map((stepNo) => entry.step(stepNo).name);
  }

  results<T = Json>(stepName: string): T {
    const { entry, results } = this.attempt.memory;
    const stepNo = entry.stepNo(stepName);
    const json =
      stepNo === null || !entry.ancestorsOf(this.attempt.stepNo).includes(stepNo) ? undefined : results.get(stepNo);
    if (json === undefined) {
      throw new TypeError(
        `Step "${this.attempt.step.name}" does not depend on a step "${stepName}".${didYouMean(stepName, this.names)}`,
      );
    }
    return JSON.parse(json) as T;
  }
}

function taskInfo({ memory: { task, entry } }: LiveAttempt): TaskInfo<never> {
  const { namespace, name, version } = entry.template;
  const { taskId, context, initiator, reason, sourceSystem, tags, priority, correlationId, traceparent, createdAt } =
    task;
  return {
    taskId,
    namespace,
    name,
    version,
    context: context as never,
    initiator,
    reason,
    sourceSystem,
    tags,
    priority,
    correlationId,
    traceparent,
    createdAt,
  };
}

function stepInfo(attempt: LiveAttempt): StepInfo {
  const { claim, step, stepId, counted } = attempt;
  return {
    stepId,
    name: step.name,
    attempt: claim.attempt,
    retryLimit: claim.retryLimit,
    isLastAttempt: counted >= claim.retryLimit,
    previousError: claim.previousError && reviveFailure(claim.previousError),
    // the step's id: the same for all of its attempts, and no other step's
    idempotencyKey: stepId,
    dependentSystem: step.dependentSystem,
  };
}
