import { Injectable } from '@nestjs/common';
import { TaskerError, type Finding } from '../core/errors.js';
import { SubscriberFinder } from '../events/found-subscriber.js';
import type { SubscriberDescription } from '../events/subscriber-description.js';
import { Subscribers } from '../events/subscribers.js';
import { SubscriptionReader } from '../events/subscription-reader.js';
import { Registries } from './registries.js';
import type { Registry } from './registry.js';
import type { RegisterOptions, RegistryHealth, RegistryKind, RegistryStats } from './registry-kind.js';

const KIND: RegistryKind<SubscriberDescription> = {
  name: 'subscribers',
  entityType: 'event_subscriber',
  category: 'subscriber',
  contract: {
    what: 'Subscriber',
    required: ['handle'],
    implementation: (description) => description,
    suggestion: (key) => `Give ${key} a method for each of its events, or handle(event).`,
  },
  entityClass: ({ className }) => className,
  optionsOf: ({ events, delivery }) => ({ events, delivery }),
  conflict: ({ name, known, entry }) =>
    new TaskerError(
      'handler_conflict',
      `Two subscribers are named "${name}": ${known.className} and ${entry.className}. ` +
        `Give one of them another name, or register it with { replace: true }.`,
    ),
  stats: (entries) => {
    const covered = new Set([...entries.values()].flatMap(({ events }) => events));
    return { total_subscribers: entries.size, total_events: covered.size, events_covered: [...covered].sort() };
  },
};

/** Who subscribes to events in this process, by name. */
@Injectable()
export class SubscriberRegistry {
  private readonly registry: Registry<SubscriberDescription>;

  constructor(
    registries: Registries,
    private readonly subscribers: Subscribers,
    private readonly reader: SubscriptionReader,
    private readonly finder: SubscriberFinder,
  ) {
    this.registry = registries.create(KIND);
  }

  /** Takes over those that the application has subscribed when it started. */
  adopt(): void {
    this.registry.registerAll(this.subscribers.list().map((entry) => ({ key: entry.name, entry })));
  }

  /**
   * Subscribes an object to events of this process, from now on: at once, and at most once.
   *
   * @param subscriber - its methods are called as those of a class with `@EventSubscriber` are
   * @throws TaskerError `configuration_invalid` naming everything that is wrong; `handler_conflict` where the name is taken
   */
  register(name: string, subscriber: object, { events, ...options }: RegisterOptions & { events: string[] }): void {
    const findings: Finding[] = [];
    const found = this.finder.look(subscriber.constructor, subscriber);
    const [description] = this.reader.readDeclared(
      {
        ...{ name, path: name, filter: null, delivery: 'in_process', scope: 'process' },
        subscriber: found,
        events: events.map((pattern) => ({ pattern, path: name })),
      },
      findings,
    );
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('configuration_invalid', `Event subscribers are not valid:\n${list}`, findings);
    }
    this.refuseDurable(name, 'replaced');
    this.registry.register(name, description!, options);
    this.subscribers.remove(name);
    this.subscribers.add(description!);
  }

  /** @returns whether there was one */
  unregister(name: string): boolean {
    this.refuseDurable(name, 'unregistered');
    this.subscribers.remove(name);
    return this.registry.unregister(name);
  }

  get(name: string): SubscriberDescription | undefined {
    return this.registry.get(name);
  }

  has(name: string): boolean {
    return this.registry.has(name);
  }

  list(): SubscriberDescription[] {
    return this.registry.list();
  }

  stats(): RegistryStats {
    return this.registry.stats();
  }

  healthCheck(): RegistryHealth {
    return this.registry.healthCheck();
  }

  /** What is delivered durably goes on from process to process. */
  private refuseDurable(name: string, what: string): void {
    if (this.registry.get(name)?.delivery !== 'durable') return;
    const message = `The subscriber "${name}" is durable: it cannot be ${what} while the application runs.`;
    throw new TaskerError('configuration_invalid', message);
  }
}
