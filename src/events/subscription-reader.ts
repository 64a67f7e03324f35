import { Injectable } from '@nestjs/common';
import { TaskerError, type Finding } from '../core/errors.js';
import type { DurableOptions } from './durable-options.js';
import { EventCatalog } from './event-catalog.js';
import { eventTest, type EventFilter, type EventTest } from './event-filter.js';
import type { EventSubscriberOptions } from './event-subscriber.decorator.js';
import type { FoundSubscriber } from './found-subscriber.js';
import { MethodRoutes, type Wanted } from './method-routes.js';
import type { Delivery, Scope, SubscriberDescription } from './subscriber-description.js';
import { optionProblems } from './subscriber-options.js';
import { isAudited } from './audited-events.js';

/** What a file of subscriptions says of a subscriber. */
export interface DeclaredSubscription {
  name: string;
  subscriber: FoundSubscriber;
  /** Where the declaration stands, for findings. */
  path: string;
  /** Null for those that the class's decorator names. */
  events: readonly { pattern: string; path: string }[] | null;
  filter: EventFilter | null;
  delivery: Delivery | null;
  scope: Scope | null;
}

/** A name for an event, and where it stands. */
interface Named {
  pattern: string;
  path: string;
}

interface Wish {
  name: string;
  found: FoundSubscriber;
  path: string;
  events: readonly Named[];
  tests: readonly EventTest[];
  delivery: Delivery;
  scope: Scope;
  durable: DurableOptions;
  /** Whether each method that is named after an event must be reached. */
  strict: boolean;
}

/** Reads which of a subscriber's methods receives which event. */
@Injectable()
export class SubscriptionReader {
  constructor(private readonly catalog: EventCatalog) {}

  /**
   * By its decorators.
   *
   * @param findings - takes everything that is wrong
   * @param isDeclared - a file speaks in the place of the class's decorator
   */
  read(found: FoundSubscriber, findings: Finding[], isDeclared = false): SubscriberDescription[] {
    if (!found.isSingleton) {
      findings.push({ path: found.name, message: NOT_SINGLETON });
      return [];
    }
    const ofMethods = this.ofMethods(found, findings);
    return found.options === undefined || isDeclared ? ofMethods : [...ofMethods, ...this.ofClass(found, findings)];
  }

  /** As a file declares it; what the file leaves out is as the class is decorated. */
  readDeclared(declared: DeclaredSubscription, findings: Finding[]): SubscriberDescription[] {
    const { name, subscriber: found, path } = declared;
    const problems = found.isSingleton ? optionProblems(found.options ?? {}, false) : [NOT_SINGLETON];
    findings.push(...problems.map((message) => ({ path, message: `${found.name} ${message}` })));
    if (problems.length > 0) return [];
    const options = (found.options ?? {}) as EventSubscriberOptions;
    const delivery = declared.delivery ?? options.delivery ?? 'in_process';
    const events = declared.events ?? this.ownEvents(options, delivery).map((pattern) => ({ pattern, path }));
    if (events.length === 0) {
      findings.push({ path, message: `needs the key "events": ${found.name} names none itself` });
      return [];
    }
    const tests = [options.filter, declared.filter ?? undefined].flatMap(testsOf);
    const scope = declared.scope ?? options.scope ?? 'process';
    const durable = durableOptionsOf(options);
    return this.describe({ name, found, path, events, tests, delivery, scope, durable, strict: false }, findings);
  }

  /** What a class names itself: where a file has it delivered durably, those of them that can be. */
  private ownEvents({ events = [] }: EventSubscriberOptions, delivery: Delivery): readonly string[] {
    if (delivery !== 'durable') return events;
    return events.filter((pattern) => {
      const meant = this.match([{ pattern, path: '' }], []);
      return meant.length === 0 || undeliverable(meant, '').length === 0;
    });
  }

  private ofClass(found: FoundSubscriber, findings: Finding[]): SubscriberDescription[] {
    const path = `@EventSubscriber of ${found.name}`;
    const problems = optionProblems(found.options, true);
    findings.push(...problems.map((message) => ({ path, message })));
    if (problems.length > 0) return [];
    const { name = found.name, events, filter, delivery, scope } = found.options as EventSubscriberOptions;
    const wish: Wish = {
      name,
      found,
      path: found.name,
      events: events!.map((pattern) => ({ pattern, path })),
      tests: testsOf(filter),
      delivery: delivery ?? 'in_process',
      scope: scope ?? 'process',
      durable: durableOptionsOf(found.options as EventSubscriberOptions),
      strict: true,
    };
    return this.describe(wish, findings);
  }

  private describe(wish: Wish, findings: Finding[]): SubscriberDescription[] {
    const { name, found, path, events, tests, delivery, scope, durable } = wish;
    const before = findings.length;
    const wanted = this.match(events, findings);
    if (delivery === 'durable') findings.push(...undeliverable(wanted, path));
    const decorated = new Set(found.listeners.map(({ method }) => method));
    const methods = found.methods.filter((method) => !decorated.has(method));
    const table = new MethodRoutes(this.catalog.names);
    const routes = table.routes(methods, wanted);
    const problems = [...routes.problems, ...(wish.strict ? routes.idle : [])];
    // a name that is not known explains a method that is never called
    if (findings.length === before) findings.push(...problems.map((message) => ({ path, message })));
    const methodFor = (event: string) => routes.methods.get(event) ?? table.methodFor(event, methods);
    const handle: SubscriberDescription['handle'] = (payload, ...attempt) => {
      const method = methodFor(payload.event);
      if (method === undefined || !tests.every((test) => test(payload))) return undefined;
      return found.instance[method]!(payload, ...attempt);
    };
    const receives = (event: string): boolean => methodFor(event) !== undefined;
    return [
      { name, className: found.name, events: [...routes.methods.keys()], delivery, scope, durable, receives, handle },
    ];
  }

  private ofMethods({ name, instance, listeners }: FoundSubscriber, findings: Finding[]): SubscriberDescription[] {
    return listeners.map(({ method, patterns }) => {
      const path = `@OnTaskerEvent of ${name}.${method}`;
      const wanted = this.match(
        patterns.map((pattern) => ({ pattern, path })),
        findings,
      );
      const events = new Set(wanted.flatMap((one) => one.events));
      return {
        name: `${name}.${method}`,
        className: name,
        events: [...events],
        delivery: 'in_process',
        scope: 'process',
        receives: (event) => events.has(event),
        handle: (payload) => instance[method]!(payload),
      };
    });
  }

  private match(events: readonly Named[], findings: Finding[]): Wanted[] {
    return events.flatMap(({ pattern, path }) => {
      try {
        return [{ pattern, events: this.catalog.match(pattern) }];
      } catch (error) {
        if (!(error instanceof TaskerError)) throw error;
        findings.push({ path, message: error.message });
        return [];
      }
    });
  }
}

const NOT_SINGLETON =
  'is transient or request-scoped, or depends on a provider that is. A subscriber must be a singleton.';

const durableOptionsOf = ({ startFrom, retry }: EventSubscriberOptions): DurableOptions => ({ startFrom, retry });

/** Of patterns that mean many events, those that are in the audit come. */
function undeliverable(wanted: readonly Wanted[], path: string): Finding[] {
  return wanted
    .filter(({ events }) => !events.some(isAudited))
    .map(({ pattern }) => ({
      path,
      message:
        `cannot have "${pattern}" delivered durably: it is not in the audit trail. ` +
        `Subscribe to it with delivery: "in_process".`,
    }));
}

function testsOf(filter: EventSubscriberOptions['filter']): EventTest[] {
  if (filter === undefined) return [];
  return [typeof filter === 'function' ? filter : eventTest(filter)];
}
