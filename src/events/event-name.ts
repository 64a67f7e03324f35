import { EVENT_DEFINITIONS } from './event-definitions.js';
import type { EventCategory } from './event-pattern.js';
import type { TaskerEventName } from './tasker-events.js';

/** Names of the system events, in the order of the catalog. */
export const EVENT_NAMES = Object.keys(EVENT_DEFINITIONS) as TaskerEventName[];

/** The first words of their names. */
export const EVENT_CATEGORIES = [...new Set(EVENT_NAMES.map((name) => categoryOf(name) as EventCategory))];

/** Where events stand in the catalog: a system event by the first word of its name, any other under `custom`. */
export type CatalogCategory = EventCategory | 'custom';
export const CATALOG_CATEGORIES: readonly CatalogCategory[] = [...EVENT_CATEGORIES, 'custom'];

/** First words that custom events must leave to the system. */
const RESERVED: readonly string[] = [...EVENT_CATEGORIES, 'escalation'];
const CUSTOM_NAME = /^[A-Za-z][\w-]*(\.[\w-]+)+$/;
const LONGEST_NAME = 255;

export const isSystemEvent = (name: string): name is TaskerEventName => Object.hasOwn(EVENT_DEFINITIONS, name);

/** An event's name with an underscore for each dot. */
export const aliasOf = (name: string): string => name.replaceAll('.', '_');

/** A custom event's full name: one without a dot has the template's namespace before it. */
export const customEventName = (name: string, namespace: string): string =>
  name.includes('.') ? name : `${namespace}.${name}`;

/** Why no custom event can have this name; null if one can. */
export function customNameProblem(name: string): string | null {
  if (name.length > LONGEST_NAME) return `is longer than ${LONGEST_NAME} characters: shorten it`;
  if (!CUSTOM_NAME.test(name)) {
    return 'must be words with dots between them, as order.placed: of letters, digits, "_" and "-", a letter first';
  }
  const first = categoryOf(name);
  if (!RESERVED.includes(first)) return null;
  return `begins with "${first}.", which only the system's own events do: choose another first word`;
}

/** Whether an event is among those that a pattern means: the event itself, `order.*` or `*`. */
export const isMeantBy = (pattern: string, event: string): boolean =>
  pattern === event || pattern === '*' || pattern === '**' || event.startsWith(prefixOf(pattern) ?? '\0');

/** `order.` for `order.*`; null for a pattern of another kind. */
export const prefixOf = (pattern: string): string | null =>
  /.\.\*{1,2}$/.test(pattern) ? pattern.slice(0, pattern.lastIndexOf('.') + 1) : null;

export function categoryOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
