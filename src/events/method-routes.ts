import { didYouMean, nearest } from '../core/suggest.js';
import { EVENT_CATEGORIES, EVENT_NAMES } from './event-catalog.js';
import type { TaskerEventName } from './tasker-events.js';

const CATCH_ALL = 'handle';

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const plain = (name: string): string => name.toLowerCase().replace(/[._]/g, '');

/** Every method that is called for an event by its name, in both spellings. */
const EVENT_OF_METHOD = new Map(
  EVENT_NAMES.flatMap((event) => {
    const words = event.split(/[._]/);
    return [`handle${words.map(capitalize).join('')}`, `handle_${words.join('_')}`].map((method) => [method, event]);
  }) as [string, TaskerEventName][],
);

const PLAIN_NAMES = EVENT_NAMES.map(plain);
const LOOKS_ROUTED = new RegExp(
  `^handle(_(${EVENT_CATEGORIES.join('|')})_|(${EVENT_CATEGORIES.map(capitalize).join('|')})[A-Z])`,
);

/** The events that a pattern means. */
export interface Wanted {
  pattern: string;
  events: readonly TaskerEventName[];
}

/** Which method receives which event, and everything that is wrong with a subscriber's methods. */
export interface Routes {
  methods: Map<TaskerEventName, string>;
  problems: string[];
}

/** Routes the events that a subscriber names to the methods that its class has. */
export function routesOf(methods: readonly string[], wanted: readonly Wanted[]): Routes {
  const routes: Routes = { methods: new Map(), problems: [] };
  const own = ownMethods(methods, routes.problems);
  const catchAll = methods.includes(CATCH_ALL) ? CATCH_ALL : undefined;
  for (const { pattern, events } of wanted) {
    const reached = events.filter((event) => own.has(event) || catchAll);
    for (const event of reached) routes.methods.set(event, (own.get(event) ?? catchAll)!);
    if (reached.length === 0) routes.problems.push(withoutMethod(pattern, events, methods));
  }
  for (const [event, method] of own) {
    if (routes.methods.has(event)) continue;
    routes.problems.push(`"${method}" is never called: add "${event}" to its events, or rename the method.`);
  }
  return routes;
}

/** The methods that are named after an event, by it. */
function ownMethods(methods: readonly string[], problems: string[]): Map<TaskerEventName, string> {
  const own = new Map<TaskerEventName, string>();
  for (const method of methods) {
    const event = EVENT_OF_METHOD.get(method);
    if (event === undefined) {
      if (isNearlyRouted(method)) problems.push(namesNoEvent(method));
    } else if (own.has(event)) {
      problems.push(`"${own.get(event)}" and "${method}" both stand for "${event}": keep one of them.`);
    } else {
      own.set(event, method);
    }
  }
  return own;
}

function isNearlyRouted(method: string): boolean {
  if (LOOKS_ROUTED.test(method)) return true;
  const name = plain(method);
  return name.startsWith(CATCH_ALL) && nearest(name.slice(CATCH_ALL.length), PLAIN_NAMES) !== null;
}

const namesNoEvent = (method: string): string =>
  `"${method}" names no event.${didYouMean(method, EVENT_OF_METHOD.keys()) || ` Events: ${EVENT_NAMES.join(', ')}.`}`;

function withoutMethod(pattern: string, events: readonly TaskerEventName[], methods: readonly string[]): string {
  const spellings = [...EVENT_OF_METHOD].flatMap(([method, event]) => (event === events[0] ? [method] : []));
  const near = nearest(spellings[0]!, methods);
  const wrong = near === null ? '' : ` "${near}" is nearly that: rename it.`;
  return `no method receives "${pattern}": add ${spellings.join(' or ')}, or handle for all of its events.${wrong}`;
}
