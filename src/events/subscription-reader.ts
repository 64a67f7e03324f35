import { Injectable } from '@nestjs/common';
import { TaskerError, type Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { EventCatalog } from './event-catalog.js';
import type { EventPattern } from './event-pattern.js';
import type { EventSubscriberOptions } from './event-subscriber.decorator.js';
import { routesOf, type Wanted } from './method-routes.js';
import type { TaskerEvent, TaskerEventName, TaskerEvents } from './tasker-events.js';

type Deliver = (payload: TaskerEvents[TaskerEventName]) => unknown;

/** A provider that wants events. */
export interface Subscriber {
  /** Name of its class. */
  name: string;
  instance: Record<string, Deliver>;
  isSingleton: boolean;
  /** What its class is decorated with, as it was given. */
  options: unknown;
  methods: readonly string[];
  /** Its methods that are decorated themselves. */
  listeners: readonly { method: string; patterns: readonly string[] }[];
}

export interface Subscription {
  event: TaskerEventName;
  deliver: Deliver;
}

const OPTIONS = ['events', 'filter', 'delivery'] satisfies (keyof EventSubscriberOptions)[];

/** Reads from a subscriber's decorators which of its methods receives which event. */
@Injectable()
export class SubscriptionReader {
  constructor(private readonly catalog: EventCatalog) {}

  /** @param findings - takes everything that is wrong */
  read(subscriber: Subscriber, findings: Finding[]): Subscription[] {
    const { name, isSingleton, options } = subscriber;
    if (!isSingleton) {
      const message =
        'is transient or request-scoped, or depends on a provider that is. A subscriber must be a singleton.';
      findings.push({ path: name, message });
      return [];
    }
    const ofMethods = this.ofMethods(subscriber, findings);
    return options === undefined ? ofMethods : [...ofMethods, ...this.ofClass(subscriber, findings)];
  }

  private ofClass({ name, instance, options, methods, listeners }: Subscriber, findings: Finding[]): Subscription[] {
    const problems = optionProblems(options);
    findings.push(...problems.map((message) => ({ path: `@EventSubscriber of ${name}`, message })));
    if (problems.length > 0) return [];
    const { events, filter } = options as EventSubscriberOptions;
    const wanted = this.match(events, `@EventSubscriber of ${name}`, findings);
    const decorated = new Set(listeners.map(({ method }) => method));
    const own = Object.keys(instance).filter((key) => typeof instance[key] === 'function');
    const routes = routesOf(
      [...new Set([...methods, ...own])].filter((method) => !decorated.has(method)),
      wanted,
    );
    // a name that is not known explains a method that is never called
    if (wanted.length === events.length) findings.push(...routes.problems.map((message) => ({ path: name, message })));
    return [...routes.methods].map(([event, method]) => ({
      event,
      deliver: (payload) => (filter && !filter(payload as TaskerEvent) ? undefined : instance[method]!(payload)),
    }));
  }

  private ofMethods({ name, instance, listeners }: Subscriber, findings: Finding[]): Subscription[] {
    return listeners.flatMap(({ method, patterns }) => {
      const wanted = this.match(patterns, `@OnTaskerEvent of ${name}.${method}`, findings);
      const events = new Set(wanted.flatMap((one) => one.events));
      return [...events].map((event) => ({ event, deliver: (payload) => instance[method]!(payload) }));
    });
  }

  private match(patterns: readonly string[], path: string, findings: Finding[]): Wanted[] {
    return patterns.flatMap((pattern) => {
      try {
        return [{ pattern, events: this.catalog.match(pattern as EventPattern) }];
      } catch (error) {
        if (!(error instanceof TaskerError)) throw error;
        findings.push({ path, message: error.message });
        return [];
      }
    });
  }
}

function optionProblems(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return ['needs { events: [...] }.'];
  const { events, filter, delivery = 'in_process' } = options as Record<string, unknown>;
  const problems = Object.keys(options)
    .filter((key) => !(OPTIONS as string[]).includes(key))
    .map((key) => `has no option "${key}".${didYouMean(key, OPTIONS)}`);
  const isList = Array.isArray(events) && events.length > 0 && events.every((event) => typeof event === 'string');
  if (!isList) problems.push('"events" must list the names of events, at least one.');
  if (filter !== undefined && typeof filter !== 'function') problems.push('"filter" must be a function.');
  if (delivery === 'durable') {
    problems.push(
      'delivery "durable" is not there yet. Leave it out: events come once, in the process that made them.',
    );
  } else if (delivery !== 'in_process') {
    problems.push(`"delivery" must be "in_process".`);
  }
  return problems;
}
