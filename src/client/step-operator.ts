import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG } from '../config/tasker-config.js';
import type { Json } from '../core/json.js';
import type { StepVerb } from '../core/states.js';
import {
  OperatorStore,
  type Operator,
  type StepValues,
  type VerbOutcome,
} from '../persistence/stores/operator.store.js';
import { Vault } from '../persistence/vault.js';
import { OperatorNews } from './operator-news.js';
import {
  checkStepOptions,
  type ActOptions,
  type CompleteStepOptions,
  type ResolveStepOptions,
  type RetryStepOptions,
  type StepChanges,
} from './operator-options.js';
import { illegalStepVerb, invalid, taskNotFound, writeFailure } from './refusals.js';
import { TaskLookup, type StepPlace } from './task-lookup.js';
import type { StepView } from './views.js';

const STATES = { resolve: 'resolved_manually', complete: 'complete', skip: 'skipped' } as const;
const ONE_ATTEMPT = 'must be 1: the template says that this step is not retryable';

/** What an operator does to steps, told to who runs them and who waits for their tasks. */
@Injectable()
export class StepOperator {
  constructor(
    private readonly store: OperatorStore,
    private readonly lookup: TaskLookup,
    private readonly news: OperatorNews,
    private readonly vault: Vault,
    @Inject(TASKER_CONFIG) private readonly config: { worker: { maxResultBytes: number } },
  ) {}

  /** @throws TaskerError what `TaskerClient.retryStep` says */
  async retry(taskId: string, step: string, options: RetryStepOptions = {}): Promise<StepView> {
    checkStepOptions('retry', options);
    const place = await this.lookup.placeOf(taskId, step);
    const values = this.valuesOf(options, place);
    return this.act('retry', place, options, (by) => this.store.retryStep(place, values, by));
  }

  /** @throws TaskerError what `TaskerClient.resolveStep` says */
  async resolve(taskId: string, step: string, options: ResolveStepOptions = {}): Promise<StepView> {
    checkStepOptions('resolve', options);
    return this.satisfy('resolve', taskId, step, options, options.results);
  }

  /** @throws TaskerError what `TaskerClient.completeStep` says */
  async complete(taskId: string, step: string, options: CompleteStepOptions): Promise<StepView> {
    checkStepOptions('complete', options);
    return this.satisfy('complete', taskId, step, options, options.results);
  }

  /** @throws TaskerError what `TaskerClient.skipStep` says */
  async skip(taskId: string, step: string, options: ActOptions = {}): Promise<StepView> {
    checkStepOptions('skip', options);
    return this.satisfy('skip', taskId, step, options);
  }

  /** @throws TaskerError what `TaskerClient.cancelStep` says */
  async cancel(taskId: string, step: string, options: ActOptions = {}): Promise<StepView> {
    checkStepOptions('cancel', options);
    const place = await this.lookup.placeOf(taskId, step);
    return this.act('cancel', place, options, (by) => this.store.cancelStep(place, by));
  }

  /** @throws TaskerError what `TaskerClient.updateStep` says */
  async update(taskId: string, step: string, changes: StepChanges): Promise<StepView> {
    checkStepOptions('update', changes);
    const place = await this.lookup.placeOf(taskId, step);
    const values = this.valuesOf(changes, place);
    const by = { actor: changes.actor ?? null, reason: changes.reason ?? null };
    await this.write('update', place, this.store.updateStep(place, values, by));
    return this.lookup.stepAt(place);
  }

  private async satisfy(
    verb: keyof typeof STATES,
    taskId: string,
    step: string,
    options: ActOptions,
    results?: Json,
  ): Promise<StepView> {
    const json = results === undefined ? null : JSON.stringify(results);
    const size = json === null ? 0 : Buffer.byteLength(json);
    if (size > this.config.worker.maxResultBytes) {
      const message = `is ${size} bytes of JSON; at most ${this.config.worker.maxResultBytes} are stored`;
      throw invalid('request_invalid', 'The results are too large', [{ path: 'results', message }]);
    }
    const place = await this.lookup.placeOf(taskId, step);
    const sealed = json && this.vault.sealResult(place.entry, place.taskId, place.stepNo, json);
    return this.act(verb, place, options, (by) => this.store.satisfyStep(place, STATES[verb], sealed, by), results);
  }

  private valuesOf(given: Partial<StepChanges>, { taskId, stepNo, entry }: StepPlace): StepValues {
    const { retryLimit = null, inputs } = given;
    if (retryLimit !== null && retryLimit > 1 && !entry.step(stepNo).retryable) {
      throw invalid('request_invalid', 'The step has one attempt', [{ path: 'retryLimit', message: ONE_ATTEMPT }]);
    }
    const json = inputs === undefined ? null : this.vault.sealInputs(entry, taskId, stepNo, JSON.stringify(inputs));
    return { retryLimit, inputs: json };
  }

  private async act(
    verb: StepVerb,
    place: StepPlace,
    { actor = null, reason = null }: { actor?: string | null; reason?: string | null },
    write: (by: Operator) => Promise<VerbOutcome>,
    results?: Json,
  ): Promise<StepView> {
    const by = { actor, reason };
    const outcome = await this.write(verb, place, write(by));
    if (outcome.outcome === 'done') await this.news.tell(place.taskId, outcome, by, { results });
    return this.lookup.stepAt(place);
  }

  private async write(verb: StepVerb, place: StepPlace, writing: Promise<VerbOutcome>): Promise<VerbOutcome> {
    const outcome = await writing.catch((error: unknown) => {
      throw writeFailure(error);
    });
    if (outcome.was === null) throw taskNotFound(place.taskId);
    if (outcome.outcome === 'refused') {
      throw illegalStepVerb(place.entry.step(place.stepNo).name, verb, outcome.steps[0]!.state);
    }
    return outcome;
  }
}
