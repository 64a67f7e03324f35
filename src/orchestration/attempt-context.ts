import type { LoggerService } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { reviveFailure } from '../core/failure.js';
import { didYouMean } from '../core/suggest.js';
import type { Json, JsonObject } from '../core/json.js';
import type { Sequence, StepContext, StepInfo, StepMetrics, TaskInfo } from '../registry/step-handler.js';
import type { LiveAttempt } from './live-attempt.js';

/** What the context needs of the engine. */
export interface AttemptServices {
  readonly logger: LoggerService;
  heartbeat(attempt: LiveAttempt): Promise<void>;
  publish(attempt: LiveAttempt, event: string, payload: unknown): void;
  measure(attempt: LiveAttempt, name: unknown, value: unknown, labels: unknown): void;
  transaction<T>(attempt: LiveAttempt, step: StepInfo, fn: (manager: EntityManager) => Promise<T>): Promise<T>;
}

/** Of a step that left none, or that has not finished: an operator skipped a step ahead of it. */
const NO_RESULT = 'null';

/** A handler's view of its attempt. Parts that a handler does not look at are not made. */
export class AttemptContext implements StepContext<never> {
  readonly task: TaskInfo<never>;
  readonly step: StepInfo;

  constructor(
    private readonly attempt: LiveAttempt,
    readonly config: Readonly<JsonObject>,
    private readonly services: AttemptServices,
    dependentSystem: string | null,
    inputs: Readonly<JsonObject>,
  ) {
    this.task = taskInfo(attempt);
    this.step = stepInfo(attempt, dependentSystem, inputs);
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

  get publish(): (event: string, payload?: object) => void {
    return (event, payload) => this.services.publish(this.attempt, event, payload);
  }

  get metrics(): StepMetrics {
    return { record: (name, value, labels) => this.services.measure(this.attempt, name, value, labels) };
  }

  get transaction(): <T>(fn: (manager: EntityManager) => Promise<T>) => Promise<T> {
    return (fn) => this.services.transaction(this.attempt, this.step, fn);
  }

  /** Results of the ancestors as JSON, by their names: for a handler that runs elsewhere. */
  ancestorResults(): Record<string, string> {
    const { memory, stepNo } = this.attempt;
    const ancestors = memory.entry.ancestorsOf(stepNo);
    return Object.fromEntries(
      ancestors.map((ancestor) => [memory.entry.step(ancestor).name, memory.result(ancestor) ?? NO_RESULT]),
    );
  }
}

class AncestorResults implements Sequence {
  constructor(private readonly attempt: LiveAttempt) {}

  get names(): string[] {
    const { memory, stepNo } = this.attempt;
    const finished = memory.entry.ancestorsOf(stepNo).filter((ancestor) => memory.knows(ancestor));
    return finished.map((ancestor) => memory.entry.step(ancestor).name);
  }

  results<T = Json>(stepName: string): T {
    const { memory } = this.attempt;
    const { entry } = memory;
    const ancestors = entry.ancestorsOf(this.attempt.stepNo);
    const stepNo = entry.stepNo(stepName);
    if (stepNo === null || !ancestors.includes(stepNo)) {
      const known = ancestors.map((ancestor) => entry.step(ancestor).name);
      throw new TypeError(
        `Step "${this.attempt.step.name}" does not depend on a step "${stepName}".${didYouMean(stepName, known)}`,
      );
    }
    return JSON.parse(memory.result(stepNo) ?? NO_RESULT) as T;
  }
}

function taskInfo({ memory, span }: LiveAttempt): TaskInfo<never> {
  const { task, entry } = memory;
  const { namespace, name, version } = entry.template;
  const { taskId, initiator, reason, sourceSystem, tags, priority, correlationId, createdAt } = task;
  return {
    taskId,
    namespace,
    name,
    version,
    context: memory.context as never,
    initiator,
    reason,
    sourceSystem,
    tags,
    priority,
    correlationId,
    traceparent: span?.traceparent ?? task.traceparent,
    createdAt,
  };
}

/** @param dependentSystem - that of the handler, where the template names none */
function stepInfo(attempt: LiveAttempt, dependentSystem: string | null, inputs: Readonly<JsonObject>): StepInfo {
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
    dependentSystem: step.dependentSystem ?? dependentSystem,
    inputs,
  };
}
