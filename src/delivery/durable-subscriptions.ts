import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { runInLogScope } from '../core/log-scope.js';
import type { TaskTemplate } from '../core/template.js';
import { EventScope } from '../events/event-scope.js';
import type { SubscriberDescription } from '../events/subscriber-description.js';
import { Subscribers } from '../events/subscribers.js';
import { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { AuditReader } from './audit-reader.js';
import { AuditWatch } from './audit-watch.js';
import { DEFAULT_DELIVERY_RETRY, type DurableSubscriber } from './durable-subscriber.js';
import { interestOf } from './interest.js';
import { SubscriptionRunner } from './subscription-runner.js';

/** Runs the durable subscriptions of this process. */
@Injectable()
export class DurableSubscriptions {
  private readonly runners = new Map<string, SubscriptionRunner>();

  constructor(
    private readonly subscribers: Subscribers,
    private readonly templates: TemplateCatalog,
    private readonly store: SubscriptionStore,
    private readonly reader: AuditReader,
    private readonly watch: AuditWatch,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  /** Makes them known, each with its position, and begins to deliver. @throws Error if the database does not answer */
  async start(): Promise<void> {
    const { silentMs, name } = this.config.worker;
    const holder = { id: randomUUID(), name };
    const parts = { store: this.store, reader: this.reader, watch: this.watch, holder, leaseMs: silentMs };
    const templates = this.templates.list().map(({ template }) => template);
    for (const description of this.subscribers.list()) {
      if (description.delivery !== 'durable') continue;
      const runner = new SubscriptionRunner(parts, subscriberOf(description, templates, this.subscribers.notified));
      this.runners.set(description.name, runner);
      await runner.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }

  /** Something was put back to be delivered. */
  look(name: string): void {
    this.runners.get(name)?.look();
  }
}

function subscriberOf(
  description: SubscriberDescription,
  templates: readonly TaskTemplate[],
  notified: ReadonlySet<string>,
): DurableSubscriber {
  const { name, events, durable: { startFrom = 'now', retry = {} } = {}, handle } = description;
  const wanted = new Set(events);
  return {
    name,
    events,
    fromNow: startFrom === 'now',
    retry: {
      limit: retry.limit ?? DEFAULT_DELIVERY_RETRY.limit,
      backoff: { ...DEFAULT_DELIVERY_RETRY.backoff, ...retry.backoff },
    },
    interest: interestOf(description, templates, notified),
    wants: (event) => wanted.has(event.name) || event.routes.includes(name),
    deliver: (payload, attempt) => runInLogScope(new EventScope(payload), () => handle(payload, attempt)),
  };
}
