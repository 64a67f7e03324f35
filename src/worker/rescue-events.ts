import { Injectable } from '@nestjs/common';
import { reviveFailure } from '../core/failure.js';
import { EventBus } from '../events/event-bus.js';
import { stepFacts } from '../events/payloads.js';
import { failureFacts } from '../events/tasker-events.js';
import { Notifications } from '../persistence/notifications.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { EndedAttempt, MovedStep } from '../persistence/stores/attempts.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';

/** Why attempts were ended for workers that could not do it. */
type Ending = 'worker_lost' | 'timed_out' | 'expired';

/** Says what has become of attempts that were ended for workers that could not do it: they died, or hang. */
@Injectable()
export class RescueEvents {
  constructor(
    private readonly bus: EventBus,
    private readonly catalog: TemplateCatalog,
    private readonly notifications: Notifications,
    private readonly attempts: AttemptStore,
  ) {}

  async workersLost(steps: readonly MovedStep[]): Promise<void> {
    await this.attemptsEnded('worker_lost', steps, null);
  }

  /** @param delayMs - to the next attempt; null if none follows */
  async attemptsTimedOut(steps: readonly MovedStep[], delayMs: number | null): Promise<void> {
    await this.attemptsEnded('timed_out', steps, delayMs);
  }

  /** Attempts that were ended because their task had run too long: their workers are told. */
  async tasksExpired(steps: readonly MovedStep[]): Promise<void> {
    if (steps.length === 0) return;
    await this.attemptsEnded('expired', steps, null);
    const taskIds = [...new Set(steps.map(({ taskId }) => taskId))];
    this.notifications.tell('stop', taskIds);
    await this.notifications.announce('stop', taskIds);
  }

  private async attemptsEnded(ending: Ending, steps: readonly MovedStep[], delayMs: number | null): Promise<void> {
    const moves = new Map(steps.map((step) => [`${step.taskId} ${step.stepNo}`, step]));
    for (const end of await this.attempts.ended(steps)) {
      const move = moves.get(`${end.taskId} ${end.stepNo}`)!;
      this.publish(ending, move, end, await this.catalog.get(move.templateId), delayMs);
    }
  }

  private publish(
    ending: Ending,
    { state, dueAt }: MovedStep,
    end: EndedAttempt,
    { template }: CatalogEntry,
    delayMs: number | null,
  ): void {
    const subject = { template, ...end };
    const failure = failureFacts(reviveFailure(end.error));
    const facts = () => ({ ...stepFacts(subject), ...failure, execution_duration: end.seconds });
    this.bus.publishOf(template, ending === 'worker_lost' ? 'step.worker_lost' : 'step.timed_out', facts);
    if (dueAt) {
      const next_retry_at = dueAt.toISOString();
      this.bus.publishOf(template, 'observability.step.backoff', () => ({
        ...stepFacts(subject),
        backoff_seconds: (delayMs ?? 0) / 1000,
        backoff_type: template.steps[end.stepNo]!.backoff.kind,
        next_retry_at,
      }));
      this.bus.publishOf(template, 'step.retry_scheduled', () => ({ ...facts(), next_retry_at }));
    }
    if (state !== 'error' && state !== 'skipped') return;
    if (ending !== 'expired' && failure.retryable && end.counted >= end.retryLimit) {
      this.bus.publishOf(template, 'observability.step.max_retries_reached', () => ({
        ...stepFacts(subject),
        ...failure,
      }));
    }
    this.bus.publishOf(template, state === 'error' ? 'step.failed' : 'step.skipped', facts);
  }
}
