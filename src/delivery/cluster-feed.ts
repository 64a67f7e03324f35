import { Injectable, Logger } from '@nestjs/common';
import { runInLogScope } from '../core/log-scope.js';
import { EventBus } from '../events/event-bus.js';
import { EventScope } from '../events/event-scope.js';
import type { SubscriberDescription } from '../events/subscriber-description.js';
import { Subscribers } from '../events/subscribers.js';
import { isAudited } from '../events/audited-events.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import type { AuditEvent } from './audit-event.js';
import { interestOf, joined } from './interest.js';
import { LiveTail } from './live-tail.js';

const REJOIN_MS = 1_000;

/**
 * Brings the facts that all processes commit to the subscribers of this one that have asked for them: from now on, each
 * at most once, in the order of the audit. What the audit does not know comes to them from this process alone.
 */
@Injectable()
export class ClusterFeed {
  private readonly logger = new Logger('tasker.delivery');
  private readonly wanted = new Map<SubscriberDescription, ReadonlySet<string>>();
  private readonly stops: (() => void)[] = [];
  private isStopped = false;

  constructor(
    private readonly subscribers: Subscribers,
    private readonly templates: TemplateCatalog,
    private readonly tail: LiveTail,
    private readonly bus: EventBus,
  ) {}

  /** @throws Error if the database does not answer */
  async start(): Promise<void> {
    for (const subscriber of this.subscribers.list()) {
      const { delivery, scope, events, handle } = subscriber;
      if (delivery !== 'in_process' || scope !== 'cluster') continue;
      this.wanted.set(subscriber, new Set(events.filter(isAudited)));
      for (const event of events) if (!isAudited(event)) this.stops.push(this.bus.on(event, handle));
    }
    if (this.wanted.size > 0) await this.join();
  }

  stop(): void {
    this.isStopped = true;
    for (const stop of this.stops.splice(0)) stop();
  }

  private async join(): Promise<void> {
    const templates = this.templates.list().map(({ template }) => template);
    const { notified } = this.subscribers;
    const interests = [...this.wanted.keys()].map((subscriber) => interestOf(subscriber, templates, notified));
    const { leave } = await this.tail.join({
      interest: joined(interests),
      events: (events) => events.forEach((event) => this.tell(event)),
      ended: () => this.rejoin(),
    });
    this.stops.push(leave);
  }

  private rejoin(): void {
    if (this.isStopped || this.tail.isOver) return;
    setTimeout(() => {
      if (!this.isStopped) this.join().catch(() => this.rejoin());
    }, REJOIN_MS).unref();
  }

  private tell(event: AuditEvent): void {
    for (const [subscriber, events] of this.wanted) {
      if (events.has(event.name) || event.routes.includes(subscriber.name)) this.deliver(subscriber, event);
    }
  }

  private deliver({ name, handle }: SubscriberDescription, event: AuditEvent): void {
    const report = (error: unknown): void => this.logger.error(`"${name}" failed to take ${event.name}`, error);
    try {
      const outcome: unknown = runInLogScope(new EventScope(event.payload), () => handle(event.payload));
      Promise.resolve(outcome).catch(report);
    } catch (error) {
      report(error);
    }
  }
}
