import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { nearest } from '../core/suggest.js';
import { EVENT_DEFINITIONS } from './event-definitions.js';
import type { JsonSchema } from './event-facts.js';
import type { EventCategory, EventPattern } from './event-pattern.js';
import type { TaskerEvent, TaskerEventName } from './tasker-events.js';

/** What there is to know about an event. */
export interface EventInfo<E extends TaskerEventName = TaskerEventName> {
  readonly name: E;
  readonly category: EventCategory;
  readonly description: string;
  /** JSON Schema 2020-12; every payload is valid under it. */
  readonly payload_schema: JsonSchema;
  readonly example_payload: TaskerEvent<E>;
  /** The classes that publish it. */
  readonly fired_by: readonly string[];
}

export const EVENT_NAMES = Object.keys(EVENT_DEFINITIONS) as TaskerEventName[];
export const EVENT_CATEGORIES = [...new Set(EVENT_NAMES.map(categoryOf))];

interface AnyDefinition {
  description: string;
  facts: Readonly<Record<string, JsonSchema>>;
  optional?: readonly string[];
  example: object;
  firedBy: readonly string[];
}

const ALIASES = new Map(EVENT_NAMES.map((name) => [name.replaceAll('.', '_'), name]));
const PATTERNS = EVENT_CATEGORIES.map((category) => `${category}.*`);
const LONGEST_QUOTE = 255;

/** The events that the engine publishes: what each means, what it carries, and who publishes it. */
@Injectable()
export class EventCatalog {
  /** Every event, by its name. */
  readonly catalog = Object.fromEntries(EVENT_NAMES.map((name) => [name, describeEvent(name)])) as {
    readonly [E in TaskerEventName]: EventInfo<E>;
  };

  /** @throws TaskerError `event_unknown` */
  eventInfo(nameOrAlias: string): EventInfo {
    return this.catalog[this.resolve(nameOrAlias)];
  }

  /** The events whose name, alias or description has every word of a text; all where it has none. */
  search(text: string): EventInfo[] {
    const words = text.toLowerCase().split(/\s+/);
    return Object.values<EventInfo>(this.catalog).filter(({ name, description }) => {
      const searched = `${name} ${name.replaceAll('.', '_')} ${description}`.toLowerCase();
      return words.every((word) => searched.includes(word));
    });
  }

  /**
   * The event that is meant by its name, or by its alias with an underscore for the dot.
   *
   * @throws TaskerError `event_unknown`, with the event that was probably meant
   */
  resolve(nameOrAlias: string): TaskerEventName {
    const name = Object.hasOwn(this.catalog, nameOrAlias) ? (nameOrAlias as TaskerEventName) : ALIASES.get(nameOrAlias);
    if (name === undefined) throw unknownEvent(nameOrAlias);
    return name;
  }

  /**
   * The events that a pattern means: an event or its alias, all of a category (`step.*`), or all (`*`).
   *
   * @throws TaskerError `event_unknown`
   */
  match(pattern: EventPattern): TaskerEventName[] {
    if (pattern === '*') return [...EVENT_NAMES];
    if (PATTERNS.includes(pattern)) return EVENT_NAMES.filter((name) => name.startsWith(pattern.slice(0, -1)));
    return [this.resolve(pattern)];
  }
}

function categoryOf(name: TaskerEventName): EventCategory {
  return name.slice(0, name.indexOf('.')) as EventCategory;
}

function describeEvent(name: TaskerEventName): EventInfo {
  const { description, facts, optional = [], example, firedBy }: AnyDefinition = EVENT_DEFINITIONS[name];
  const properties = { event: { const: name, description: 'Its name' }, ...facts };
  return {
    name,
    category: categoryOf(name),
    description,
    payload_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: Object.keys(properties).filter((fact) => !optional.includes(fact)),
      properties,
      additionalProperties: false,
    },
    example_payload: { event: name, ...example } as TaskerEvent,
    fired_by: firedBy,
  };
}

function unknownEvent(given: string): TaskerError {
  const quoted = given.slice(0, LONGEST_QUOTE);
  const near = nearest(quoted, [...EVENT_NAMES, ...ALIASES.keys(), ...PATTERNS]);
  const hint = near === null ? `Known: ${EVENT_NAMES.join(', ')}.` : `Did you mean "${ALIASES.get(near) ?? near}"?`;
  return new TaskerError('event_unknown', `There is no event ${JSON.stringify(quoted)}. ${hint}`);
}
