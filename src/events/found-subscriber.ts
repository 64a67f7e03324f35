import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { CUSTOM_EVENTS, type CustomEventMark } from './custom-event.decorator.js';
import type { DeliveryAttempt } from './durable-options.js';
import { EVENT_SUBSCRIBER, ON_TASKER_EVENT } from './event-subscriber.decorator.js';
import type { AnyEvent } from './tasker-events.js';

type Provider = ReturnType<DiscoveryService['getProviders']>[number];
type Deliver = (payload: AnyEvent, attempt?: DeliveryAttempt) => unknown;

/** An object that may receive events. */
export interface FoundSubscriber {
  /** Name of its class. */
  name: string;
  instance: Record<string, Deliver>;
  isSingleton: boolean;
  /** What its class is decorated with, as it was given; undefined where it is not. */
  options: unknown;
  methods: readonly string[];
  /** Its methods that are decorated themselves. */
  listeners: readonly { method: string; patterns: readonly string[] }[];
}

/** Finds, in whichever module they are, the objects that may receive events and the classes that declare some. */
@Injectable()
export class SubscriberFinder {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Every object of the application's providers and controllers, each once. */
  all(): FoundSubscriber[] {
    const seen = new Set<unknown>();
    return this.providers().flatMap((provider) => {
      const type = provider.isAlias ? null : classOf(provider);
      const instance = provider.instance as unknown;
      if (type === null || typeof instance !== 'object' || instance === null || seen.has(instance)) return [];
      seen.add(instance);
      const isSingleton = provider.isDependencyTreeStatic() && !provider.isTransient;
      return [this.look(type, instance, isSingleton)];
    });
  }

  /** An object of a class, as it would be found. */
  look(type: Type, instance: object, isSingleton = true): FoundSubscriber {
    const methods = this.scanner.getAllMethodNames(type.prototype);
    const listeners = methods.flatMap((method) => {
      const patterns = patternsOf((type.prototype as Record<string, unknown>)[method]);
      return patterns === undefined ? [] : [{ method, patterns }];
    });
    return {
      name: type.name,
      instance: instance as FoundSubscriber['instance'],
      isSingleton,
      options: Reflect.getMetadata(EVENT_SUBSCRIBER, type) as unknown,
      // asked of subscribers alone: other objects are not to be read
      get methods() {
        const own = Object.keys(instance).filter((key) => typeof (instance as never)[key] === 'function');
        return [...new Set([...methods, ...own])];
      },
      listeners,
    };
  }

  /** What classes declare by `@CustomEvent`. */
  customEvents(): { className: string; marks: readonly CustomEventMark[] }[] {
    const types = new Set(this.providers().map(classOf));
    return [...types].flatMap((type) => {
      const marks = type && (Reflect.getMetadata(CUSTOM_EVENTS, type) as CustomEventMark[] | undefined);
      return marks ? [{ className: type.name, marks }] : [];
    });
  }

  /** Those of the application: not what Tasker itself consists of, whatever its classes are called. */
  private providers(): Provider[] {
    const all = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const tasker = all.find(({ metatype }) => metatype === SubscriberFinder)?.host;
    return all.filter(({ host }) => host === undefined || host !== tasker);
  }
}

type Type = { name: string; prototype: object };

function classOf({ instance, isNotMetatype, metatype }: Provider): Type | null {
  const object = typeof instance === 'object' ? (instance as object | null) : null;
  const type: unknown = isNotMetatype
    ? object && (Object.getPrototypeOf(object) as object | null)?.constructor
    : metatype;
  return typeof type === 'function' && type.prototype ? type : null;
}

const patternsOf = (method: unknown): string[] | undefined =>
  typeof method === 'function' ? (Reflect.getMetadata(ON_TASKER_EVENT, method) as string[] | undefined) : undefined;
