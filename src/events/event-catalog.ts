import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { nearest } from '../core/suggest.js';
import { CustomEvent, type DeclaredEvent } from './custom-event.js';
import { EVENT_DEFINITIONS } from './event-definitions.js';
import { OPTIONAL_FACTS, type JsonSchema } from './event-facts.js';
import {
  aliasOf,
  categoryOf,
  EVENT_CATEGORIES,
  EVENT_NAMES,
  isMeantBy,
  isSystemEvent,
  prefixOf,
  type CatalogCategory,
} from './event-name.js';
import { exampleOf } from './schema-example.js';
import type { TaskerEvent, TaskerEventName } from './tasker-events.js';

/** What there is to know about an event. */
export interface EventInfo<E extends string = string> {
  readonly name: E;
  /** The first word of a system event's name; `custom` for what handlers publish. */
  readonly category: CatalogCategory;
  readonly description: string;
  /** JSON Schema 2020-12; every payload is valid under it. */
  readonly payload_schema: JsonSchema;
  readonly example_payload: E extends TaskerEventName ? TaskerEvent<E> : Record<string, unknown>;
  /** The classes that publish it; of a custom event, the steps and classes that declare it. */
  readonly fired_by: readonly string[];
}

type SystemCatalog = { readonly [E in TaskerEventName]: EventInfo<E> };

interface AnyDefinition {
  description: string;
  facts: Readonly<Record<string, JsonSchema>>;
  optional?: readonly string[];
  example: object;
  firedBy: readonly string[];
}

const SYSTEM_EVENTS = Object.fromEntries(EVENT_NAMES.map((name) => [name, describeEvent(name)])) as SystemCatalog;
const LONGEST_QUOTE = 255;

/** The events that are published here, by the engine and by handlers: what each means, what it carries, who publishes it. */
@Injectable()
export class EventCatalog {
  private readonly customEvents = new Map<string, CustomEvent>();
  /** Those that handlers of any template may publish. */
  private readonly everywhere = new Map<string, DeclaredEvent>();
  private all: SystemCatalog & Readonly<Record<string, EventInfo>> = SYSTEM_EVENTS;
  private byAlias = aliases(EVENT_NAMES);

  /** Every event, by its name. */
  get catalog(): SystemCatalog & Readonly<Record<string, EventInfo>> {
    return this.all;
  }

  get names(): string[] {
    return Object.keys(this.all);
  }

  /**
   * Adds what handlers may publish. An event that is declared more than once may come in each of the forms.
   *
   * @param by - a template, whose handlers alone may publish them; or files and classes, which speak for all
   */
  declare(events: readonly DeclaredEvent[], by: 'template' | 'application'): void {
    for (const event of events) {
      const known = this.customEvents.get(event.name) ?? new CustomEvent(event.name);
      known.add(event);
      this.customEvents.set(event.name, known);
      if (by === 'application') this.everywhere.set(event.name, event);
    }
    const custom = [...this.customEvents.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(describeCustom);
    this.all = { ...SYSTEM_EVENTS, ...Object.fromEntries(custom.map((event) => [event.name, event])) };
    this.byAlias = aliases(this.names);
  }

  /** Names of the events that handlers of any template may publish. */
  publishable(): string[] {
    return [...this.everywhere.keys()];
  }

  /** What was declared for all templates of an event. */
  declaration(name: string): DeclaredEvent | undefined {
    return this.everywhere.get(name);
  }

  /** @throws TaskerError `event_unknown` */
  eventInfo(nameOrAlias: string): EventInfo {
    return this.all[this.resolve(nameOrAlias)]!;
  }

  /**
   * The events whose name, alias or description has every word of a text; all where it has none.
   *
   * @param category - only the events of one
   */
  searchEvents(text: string, category?: CatalogCategory): EventInfo[] {
    const words = text.toLowerCase().split(/\s+/);
    return Object.values<EventInfo>(this.all).filter((event) => {
      if (category !== undefined && event.category !== category) return false;
      const searched = `${event.name} ${aliasOf(event.name)} ${event.description}`.toLowerCase();
      return words.every((word) => searched.includes(word));
    });
  }

  /**
   * The event that is meant by its name, or by its alias with an underscore for each dot.
   *
   * @throws TaskerError `event_unknown`, with the event that was probably meant
   */
  resolve<E extends TaskerEventName>(name: E): E;
  resolve(nameOrAlias: string): string;
  resolve(nameOrAlias: string): string {
    const name = Object.hasOwn(this.all, nameOrAlias) ? nameOrAlias : this.byAlias.get(nameOrAlias);
    if (name === undefined) throw this.unknown(nameOrAlias);
    return name;
  }

  /**
   * The events that a pattern means: an event or its alias, all that begin alike (`step.*`), or all (`*`).
   *
   * @throws TaskerError `event_unknown`
   */
  match(pattern: string): string[] {
    const isPattern = pattern === '*' || pattern === '**' || prefixOf(pattern) !== null;
    const meant = isPattern ? this.names.filter((name) => isMeantBy(pattern, name)) : [this.resolve(pattern)];
    if (meant.length === 0) throw this.unknown(pattern);
    return meant;
  }

  private unknown(given: string): TaskerError {
    const quoted = given.slice(0, LONGEST_QUOTE);
    const patterns = new Set(this.names.map((name) => `${categoryOf(name)}.*`));
    const near = nearest(quoted, [...this.names, ...this.byAlias.keys(), ...patterns]);
    const custom = this.names.filter((name) => !isSystemEvent(name));
    const known = [...EVENT_CATEGORIES.map((category) => `${category}.*`), ...custom].join(', ').slice(0, 500);
    const hint = near === null ? `Known: ${known}.` : `Did you mean "${this.byAlias.get(near) ?? near}"?`;
    return new TaskerError('event_unknown', `There is no event ${JSON.stringify(quoted)}. ${hint}`);
  }
}

/** Where two names have the same alias, it stands for neither. */
function aliases(names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const doubled = new Set<string>();
  for (const name of names) {
    if (found.has(aliasOf(name))) doubled.add(aliasOf(name));
    found.set(aliasOf(name), name);
  }
  doubled.forEach((alias) => found.delete(alias));
  return found;
}

function describeEvent(name: TaskerEventName): EventInfo {
  const { description, facts, optional = [], example, firedBy }: AnyDefinition = EVENT_DEFINITIONS[name];
  const properties = { event: { const: name, description: 'Its name' }, ...facts };
  return {
    name,
    category: categoryOf(name) as CatalogCategory,
    description,
    payload_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: Object.keys(properties).filter((fact) => ![...OPTIONAL_FACTS, ...optional].includes(fact)),
      properties,
      additionalProperties: false,
    },
    example_payload: { event: name, ...example },
    fired_by: firedBy,
  };
}

function describeCustom({ name, description, payloadSchema, firedBy }: CustomEvent): EventInfo {
  return {
    name,
    category: 'custom',
    description: description ?? 'An event of the application.',
    payload_schema: payloadSchema,
    example_payload: exampleOf(payloadSchema as JsonObject) as Record<string, unknown>,
    fired_by: firedBy,
  };
}
