import { Injectable } from '@nestjs/common';
import { LateSpans } from '../client/late-spans.js';
import { reviveFailure } from '../core/failure.js';
import { stepId } from '../core/identity.js';
import { customEvent } from '../events/custom-event.js';
import { EventBus } from '../events/event-bus.js';
import { stepFacts } from '../events/payloads.js';
import { failureFacts } from '../events/tasker-events.js';
import { EngineMetrics } from '../metrics/engine-metrics.js';
import { publishedJson, type PublishedEvent } from '../orchestration/published-event.js';
import type { Queryable } from '../persistence/database.js';
import { Notifications } from '../persistence/notifications.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { EndedAttempt, MovedStep } from '../persistence/stores/attempts.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';
import { Escalations } from './escalations.js';

/** Why attempts were ended for workers that could not do it. */
type Ending = 'worker_lost' | 'timed_out' | 'expired';

/** What is to be told of an attempt that was ended for its worker. */
export interface EndedNews {
  move: MovedStep;
  end: EndedAttempt;
  entry: CatalogEntry;
  /** What the escalation rules of its template came to. */
  published: PublishedEvent[];
}

/**
 * Says what has become of attempts that were ended for workers that could not do it: they died, or hang.
 * `record` belongs to the transaction that ends them, the others to the time after it.
 */
@Injectable()
export class RescueEvents {
  constructor(
    private readonly bus: EventBus,
    private readonly catalog: TemplateCatalog,
    private readonly notifications: Notifications,
    private readonly attempts: AttemptStore,
    private readonly escalations: Escalations,
    private readonly vault: Vault,
    private readonly metrics: EngineMetrics,
    private readonly spans: LateSpans,
  ) {}

  /** Keeps what the escalation rules come to, in the transaction that has ended these attempts. */
  async record(steps: readonly MovedStep[], db: Queryable): Promise<EndedNews[]> {
    if (steps.length === 0) return [];
    const moves = new Map(steps.map((step) => [`${step.taskId} ${step.stepNo}`, step]));
    const news: EndedNews[] = [];
    for (const end of await this.attempts.ended(steps, db)) {
      const move = moves.get(`${end.taskId} ${end.stepNo}`)!;
      news.push({ move, end, entry: await this.catalog.get(move.templateId), published: [] });
    }
    await this.escalate(news, db);
    return news;
  }

  workersLost(news: readonly EndedNews[]): void {
    for (const one of news) {
      this.publish('worker_lost', one, null);
      this.writeSpan(one);
    }
  }

  /** @param delayMs - to the next attempt; null if none follows */
  attemptsTimedOut(news: readonly EndedNews[], delayMs: number | null): void {
    for (const one of news) this.publish('timed_out', one, delayMs);
  }

  /** Attempts that were ended because their task had run too long: their workers are told. */
  async tasksExpired(news: readonly EndedNews[]): Promise<void> {
    if (news.length === 0) return;
    for (const one of news) this.publish('expired', one, null);
    const taskIds = [...new Set(news.map(({ end }) => end.taskId))];
    this.notifications.tell('stop', taskIds);
    await this.notifications.announce('stop', taskIds);
  }

  private async escalate(news: readonly EndedNews[], db: Queryable): Promise<void> {
    const asked = news.filter(({ entry }) => Escalations.hasRules(entry));
    if (asked.length === 0) return;
    const headers = await this.attempts.headers([...new Set(asked.map(({ end }) => end.taskId))], db);
    const contexts = new Map(headers.map(({ taskId, context }) => [taskId, context]));
    for (const one of asked) {
      const { entry, end, move } = one;
      const context = () => this.vault.openContext(entry, end.taskId, contexts.get(end.taskId)!);
      const isLast = move.state === 'error' || move.state === 'skipped';
      one.published = this.escalations.of({ entry, ...end, context }, reviveFailure(end.error), isLast);
    }
    const events = publishedJson(asked.map(({ end, published }) => ({ ...end, published })));
    if (events !== null) await this.attempts.recordEventsOfEnded(events, db);
  }

  /** In the place of the worker that cannot any more. */
  private writeSpan({ end, entry }: EndedNews): void {
    const step = entry.step(end.stepNo);
    this.spans.attemptLost(
      { ...end, template: entry.template },
      { ...end, stepName: step.name, stepId: stepId(end.taskId, end.stepNo), dependentSystem: step.dependentSystem },
      { startedAt: new Date(Date.now() - end.seconds * 1000), failure: reviveFailure(end.error) },
    );
  }

  private publish(ending: Ending, { move, end, entry, published }: EndedNews, delayMs: number | null): void {
    const { template } = entry;
    const { state, dueAt } = move;
    const subject = { template, ...end };
    const failure = failureFacts(reviveFailure(end.error));
    this.metrics.attemptEnded(
      template,
      end.stepNo,
      ending === 'worker_lost' ? 'worker_lost' : 'timed_out',
      end.seconds,
    );
    this.metrics.attemptFailed(template, end.stepNo, failure.error_category);
    if (dueAt) this.metrics.retryScheduled(template, end.stepNo);
    if (state === 'error' || state === 'skipped') this.metrics.stepFinished(template, end.stepNo, state);
    const facts = () => ({ ...stepFacts(subject), ...failure, execution_duration: end.seconds });
    this.bus.publishOf(template, ending === 'worker_lost' ? 'step.worker_lost' : 'step.timed_out', facts);
    if (dueAt) {
      const next_retry_at = dueAt.toISOString();
      this.bus.publishOf(template, 'observability.step.backoff', () => ({
        ...stepFacts(subject),
        backoff_seconds: (delayMs ?? 0) / 1000,
        backoff_type: entry.step(end.stepNo).backoff.kind,
        next_retry_at,
      }));
      this.bus.publishOf(template, 'step.retry_scheduled', () => ({ ...facts(), next_retry_at }));
    }
    if (state === 'error' || state === 'skipped') {
      if (ending !== 'expired' && failure.retryable && end.counted >= end.retryLimit) {
        this.bus.publishOf(template, 'observability.step.max_retries_reached', () => ({
          ...stepFacts(subject),
          ...failure,
        }));
      }
      this.bus.publishOf(template, state === 'error' ? 'step.failed' : 'step.skipped', facts);
    }
    for (const { name, at, json } of published) {
      this.bus.publishCustom(template, name, () =>
        customEvent(name, at, stepFacts(subject), JSON.parse(json) as Record<string, unknown>),
      );
    }
  }
}
