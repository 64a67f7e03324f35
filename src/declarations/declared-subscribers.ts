import { Injectable } from '@nestjs/common';
import type { Finding } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import type { ConfigurableSubscriber, EventSubscriberOptions } from '../events/event-subscriber.decorator.js';
import type { DeclaredSubscriptions } from '../events/event-subscriber.explorer.js';
import { SubscriberFinder, type FoundSubscriber } from '../events/found-subscriber.js';
import type { DeclaredSubscription } from '../events/subscription-reader.js';
import { EventMetrics } from '../subscribers/metrics/event-metrics.js';
import { SHIPPED_SUBSCRIBERS, type ShippedSubscriber } from '../subscribers/shipped-subscribers.js';
import { configFor } from './subscriber-config.js';
import { readSubscriptionFiles, type WrittenSubscription } from './subscription-files.js';

/** Finds the classes that files of subscriptions name, and configures them. */
@Injectable()
export class DeclaredSubscribers {
  constructor(
    private readonly finder: SubscriberFinder,
    private readonly metrics: EventMetrics,
  ) {}

  /** @param environment - of classes that want to know it, and whose config does not say */
  read(sources: readonly string[], env: NodeJS.ProcessEnv, environment: string): DeclaredSubscriptions {
    const lists: (() => Finding[])[] = [];
    const spokenFor = new Set<object>();
    const subscriptions: DeclaredSubscription[] = [];
    for (const written of readSubscriptionFiles(sources, env, (list) => void lists.push(list))) {
      const found = this.find(written);
      if (found === null) continue;
      const shipped = 'type' in found ? found : null;
      const subscriber = shipped
        ? this.make(written, shipped, environment)
        : this.configure(written, found as FoundSubscriber);
      if (!shipped) this.claim(written, found as FoundSubscriber, spokenFor);
      if (subscriber && written.enabled) subscriptions.push(declaration(written, subscriber));
    }
    return { subscriptions, spokenFor, findings: lists.flatMap((list) => list()) };
  }

  private find({ className, reading }: WrittenSubscription): FoundSubscriber | { type: ShippedSubscriber } | null {
    const name = className.value.split('::').at(-1)!;
    const providers = this.finder.all().filter((provider) => provider.name === name);
    if (providers.length > 1) {
      reading.findings.report(
        className.at,
        `${providers.length} providers have the class "${name}": rename all but one`,
      );
      return null;
    }
    if (providers[0]) return providers[0];
    const type = SHIPPED_SUBSCRIBERS.get(name);
    if (type) return { type };
    const decorated = this.finder.all().filter(({ options }) => options !== undefined);
    const known = [...SHIPPED_SUBSCRIBERS.keys(), ...decorated.map((found) => found.name)];
    const all = this.finder.all().map((found) => found.name);
    const hint = didYouMean(name, [...known, ...all]) || ` Known are ${[...new Set(known)].join(', ')}`;
    const message = `no provider has the class "${name}", and none comes with Tasker: provide it in a module.${hint}`;
    reading.findings.report(className.at, message);
    return null;
  }

  /** Each subscription to a class that comes with Tasker has an object of its own. */
  private make(
    written: WrittenSubscription,
    { type }: { type: ShippedSubscriber },
    environment: string,
  ): FoundSubscriber | null {
    if (!written.enabled) return null;
    const { configSchema } = this.finder.look(type, {}).options as EventSubscriberOptions;
    const config = configFor(written, configSchema ?? null);
    if (config === null) return null;
    const instance = this.attempt(written, () => new type({ environment, ...config } as never, this.metrics));
    return instance && this.finder.look(type, instance);
  }

  private configure(written: WrittenSubscription, found: FoundSubscriber): FoundSubscriber | null {
    const { config, reading, className, enabled } = written;
    if (!enabled) return null;
    const { configSchema = null } = (found.options ?? {}) as EventSubscriberOptions;
    if (!isConfigurable(found.instance)) {
      if (config === null) return found;
      reading.findings.report(config.written.at, `${className.value} takes no config: it has no method configure`);
      return null;
    }
    const json = configFor(written, configSchema);
    if (json === null) return null;
    const { instance } = found;
    return this.attempt(written, () => {
      instance.configure(json);
      return found;
    });
  }

  private claim(
    { at, className, reading }: WrittenSubscription,
    { instance }: FoundSubscriber,
    spokenFor: Set<object>,
  ): void {
    if (spokenFor.has(instance)) {
      reading.findings.report(
        at,
        `a second subscription of ${className.value}: a provider is one object. Remove one of them`,
      );
    }
    spokenFor.add(instance);
  }

  private attempt<T>({ at, className, reading }: WrittenSubscription, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      reading.findings.report(at, `${className.value} does not take its config: ${(error as Error).message}`);
      return null;
    }
  }
}

function declaration(written: WrittenSubscription, subscriber: FoundSubscriber): DeclaredSubscription {
  const { name, at, events, filter, delivery, scope } = written;
  const patterns = events?.map(({ value, at: place }) => ({ pattern: value, path: place.text })) ?? null;
  return { name, subscriber, path: at.text, events: patterns, filter, delivery, scope };
}

const isConfigurable = (instance: object): instance is ConfigurableSubscriber<JsonObject> =>
  typeof (instance as Partial<ConfigurableSubscriber>).configure === 'function';
