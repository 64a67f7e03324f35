import { didYouMean, nearest } from '../core/suggest.js';
import { EVENT_CATEGORIES } from './event-name.js';

const CATCH_ALL = 'handle';

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const plain = (name: string): string => name.toLowerCase().replace(/[._-]/g, '');

const LOOKS_ROUTED = new RegExp(
  `^handle(_(${EVENT_CATEGORIES.join('|')})_|(${EVENT_CATEGORIES.map(capitalize).join('|')})[A-Z])`,
);

/** The events that a pattern means. */
export interface Wanted {
  pattern: string;
  events: readonly string[];
}

/** Which method receives which event, and everything that is wrong with a subscriber's methods. */
export interface Routes {
  methods: Map<string, string>;
  /** Names events without a method. */
  problems: string[];
  /** Methods that are named after an event which is not wanted. */
  idle: string[];
}

/** Finds the methods for events by their names, among the events of a catalog. */
export class MethodRoutes {
  /** The events that a method's name stands for, in both spellings: mostly one. */
  private readonly eventsOf = new Map<string, string[]>();
  private readonly plainNames: string[];

  constructor(private readonly names: readonly string[]) {
    for (const name of names) {
      for (const method of spellings(name)) this.eventsOf.set(method, [...(this.eventsOf.get(method) ?? []), name]);
    }
    this.plainNames = names.map(plain);
  }

  /** Routes the events that a subscriber names to the methods that its class has. */
  routes(methods: readonly string[], wanted: readonly Wanted[]): Routes {
    const routes: Routes = { methods: new Map(), problems: [], idle: [] };
    const own = this.ownMethods(methods, routes.problems);
    const catchAll = methods.includes(CATCH_ALL) ? CATCH_ALL : undefined;
    for (const { pattern, events } of wanted) {
      const reached = events.filter((event) => own.has(event) || catchAll);
      for (const event of reached) routes.methods.set(event, (own.get(event) ?? catchAll)!);
      if (reached.length === 0) routes.problems.push(withoutMethod(pattern, events, methods));
    }
    for (const [event, method] of own) {
      if (routes.methods.has(event)) continue;
      routes.idle.push(`"${method}" is never called: add "${event}" to its events, or rename the method.`);
    }
    return routes;
  }

  /** The method for an event; undefined if there is none. */
  methodFor(event: string, methods: readonly string[]): string | undefined {
    return methods.find((method) => this.eventsOf.get(method)?.includes(event)) ?? methods.find((m) => m === CATCH_ALL);
  }

  /** The methods that are named after an event, by it. */
  private ownMethods(methods: readonly string[], problems: string[]): Map<string, string> {
    const own = new Map<string, string>();
    for (const method of methods) {
      const events = this.eventsOf.get(method) ?? [];
      if (events.length === 0 && this.isNearlyRouted(method)) problems.push(this.namesNoEvent(method));
      for (const event of events) {
        if (own.has(event)) {
          problems.push(`"${own.get(event)}" and "${method}" both stand for "${event}": keep one of them.`);
        } else {
          own.set(event, method);
        }
      }
    }
    return own;
  }

  private isNearlyRouted(method: string): boolean {
    if (LOOKS_ROUTED.test(method)) return true;
    const name = plain(method);
    return name.startsWith(CATCH_ALL) && nearest(name.slice(CATCH_ALL.length), this.plainNames) !== null;
  }

  private namesNoEvent(method: string): string {
    const hint = didYouMean(method, this.eventsOf.keys()) || ` Events: ${this.names.join(', ')}.`;
    return `"${method}" names no event.${hint}`;
  }
}

/** `handleTaskCompleted` and `handle_task_completed` for `task.completed`. */
function spellings(event: string): string[] {
  const words = event.split(/[._-]/).filter(Boolean);
  return [`handle${words.map(capitalize).join('')}`, `handle_${words.join('_')}`];
}

function withoutMethod(pattern: string, events: readonly string[], methods: readonly string[]): string {
  const possible = spellings(events[0]!);
  const near = nearest(possible[0]!, methods);
  const wrong = near === null ? '' : ` "${near}" is nearly that: rename it.`;
  return `no method receives "${pattern}": add ${possible.join(' or ')}, or handle for all of its events.${wrong}`;
}
