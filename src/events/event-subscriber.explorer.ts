import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { TaskerError, type Finding } from '../core/errors.js';
import { EventBus } from './event-bus.js';
import { EVENT_SUBSCRIBER, ON_TASKER_EVENT, type EventSubscriberOptions } from './event-subscriber.decorator.js';
import { SubscriptionReader, type Subscriber } from './subscription-reader.js';

type Provider = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds who subscribes to events, in whichever module they are, and subscribes them until the application stops. */
@Injectable()
export class EventSubscriberExplorer {
  private subscribed: (() => void)[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reader: SubscriptionReader,
    private readonly bus: EventBus,
  ) {}

  /** @throws TaskerError `configuration_invalid`, naming everything that is wrong with any subscriber */
  subscribe(): void {
    const findings: Finding[] = [];
    const subscriptions = this.subscribers().flatMap((subscriber) => this.reader.read(subscriber, findings));
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('configuration_invalid', `Event subscribers are not valid:\n${list}`, findings);
    }
    this.subscribed = subscriptions.map(({ event, deliver }) => this.bus.on(event as string, deliver));
  }

  end(): void {
    for (const end of this.subscribed.splice(0)) end();
  }

  private subscribers(): Subscriber[] {
    const seen = new Set<unknown>();
    return [...this.discovery.getProviders(), ...this.discovery.getControllers()].flatMap((provider) => {
      const subscriber = provider.isAlias ? null : this.subscriber(provider);
      if (subscriber === null || seen.has(subscriber.instance)) return [];
      seen.add(subscriber.instance);
      return [subscriber];
    });
  }

  private subscriber(provider: Provider): Subscriber | null {
    const instance: unknown = provider.instance;
    const type = provider.isNotMetatype ? classOf(instance) : provider.metatype;
    const prototype = (type as { prototype?: object } | null)?.prototype;
    if (typeof type !== 'function' || !prototype || typeof instance !== 'object' || instance === null) return null;
    const options = Reflect.getMetadata(EVENT_SUBSCRIBER, type) as EventSubscriberOptions | undefined;
    const methods = this.scanner.getAllMethodNames(prototype);
    const listeners = methods.flatMap((method) => {
      const patterns = patternsOf((prototype as Record<string, unknown>)[method]);
      return patterns === undefined ? [] : [{ method, patterns }];
    });
    if (options === undefined && listeners.length === 0) return null;
    const isSingleton = provider.isDependencyTreeStatic() && !provider.isTransient;
    return { name: type.name, instance: instance as Subscriber['instance'], isSingleton, options, methods, listeners };
  }
}

function classOf(instance: unknown): unknown {
  if (typeof instance !== 'object' || instance === null) return null;
  return (Object.getPrototypeOf(instance) as object | null)?.constructor ?? null;
}

const patternsOf = (method: unknown): string[] | undefined =>
  Reflect.getMetadata(ON_TASKER_EVENT, method as object) as string[] | undefined;
