import { EVENT_NAMES, aliasOf, categoryOf } from '../../events/event-name.js';
import type { JsonObject } from '../../core/json.js';
import { key, located, reader, refuse } from '../reader.js';
import type { Located, Reader } from '../reader.js';
import { record } from '../record.js';
import { boolean, freeMap, listOf, text } from '../values.js';
import { writtenAt } from '../written.js';
import type { Written } from '../written.js';
import { word } from './names.js';

/** System events that tasks of a template publish. */
const OF_TASKS = EVENT_NAMES.filter((name) => ['task', 'step', 'workflow'].includes(categoryOf(name)));

/** Words for system events: their names, these with an underscore for the dot, and those of other engines. */
export const SYSTEM_EVENTS: ReadonlyMap<string, string> = new Map([
  ['workflow_started', 'task.started'],
  ['workflow_completed', 'task.completed'],
  ['workflow_failed', 'task.failed'],
  ['workflow_cancelled', 'task.cancelled'],
  ...OF_TASKS.flatMap((name): [string, string][] => [
    [name, name],
    [aliasOf(name), name],
  ]),
]);

/** An event as it was declared, with the places of its name and its schema. */
export interface DeclaredEvent {
  name: Located<string>;
  description: string | null;
  schema: { json: JsonObject; written: Written } | null;
}

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
/** Keywords of JSON Schema whose value may be a word, which may be names of fields as well. */
const WORD_KEYWORDS = new Set([
  'type',
  '$ref',
  '$id',
  'id',
  '$schema',
  'title',
  'description',
  '$comment',
  'format',
  'pattern',
]);

const plainSchema = freeMap('filled');

/** A JSON Schema, or in short the types of the payload's fields by their names. */
export const payloadSchema: Reader<JsonObject> = reader(plainSchema.jsonSchema, (written, label, reading) => {
  const given = plainSchema(written, label, reading);
  if (given === undefined) return undefined;
  const entries = Object.entries(given);
  const isSchema =
    entries.every(([field]) => WORD_KEYWORDS.has(field)) && (given.type === 'object' || entries.length < 2);
  const isShort = !isSchema && entries.every(([, type]) => typeof type === 'string' && TYPES.has(type));
  if (!isShort) return given;
  return { type: 'object', properties: Object.fromEntries(entries.map(([field, type]) => [field, { type }])) };
});

const eventKeys = record(
  {
    name: key(
      'Dotted, such as order.placed; a name without a dot gets the namespace of the template before it',
      located(word),
    ),
    description: key('When it is published', text()),
    payload_schema: key('JSON Schema of the payload, or the types of its fields by their names', payloadSchema),
    schema: key('The same as payload_schema', payloadSchema),
  },
  { what: 'a custom event', required: ['name'] },
);

const customEvent: Reader<DeclaredEvent> = reader(eventKeys.jsonSchema, (written, label, reading) => {
  const fields = eventKeys(written, label, reading);
  if (fields?.name === undefined) return undefined;
  const { name, description = null, payload_schema: payload, schema = payload } = fields;
  if (payload !== undefined && fields.schema !== undefined) {
    return refuse(writtenAt(written, '/schema'), 'schema is the same as payload_schema: give only one', reading);
  }
  const at = writtenAt(written, payload === undefined ? '/schema' : '/payload_schema');
  return { name, description, schema: schema === undefined ? null : { json: schema, written: at } };
});

/** `custom_events`, of a template or a step. */
export const customEvents = listOf(customEvent, 'custom events');

/** An event and where it also goes, its name as it was written. */
export interface ReadRoute {
  event: Located<string>;
  publishTo: string[];
}

const routeKeys = record(
  {
    event: key('A system event such as step_started, or a custom event, which is declared by this', located(word)),
    publish_to: key('Names of subscribers that also get it', listOf(word, 'names of subscribers')),
  },
  { what: 'a routed event', required: ['event', 'publish_to'] },
);

const route: Reader<ReadRoute> = reader(routeKeys.jsonSchema, (written, label, reading) => {
  const { event, publish_to: names } = routeKeys(written, label, reading) ?? {};
  return event && names && { event, publishTo: [...new Set(names)] };
});

const routes = listOf(route, 'routed events');

const publishKeys: Record<string, Reader<boolean>> = Object.fromEntries(
  OF_TASKS.map((name) => [`publish_${aliasOf(name)}`, key(`Whether ${name} is published`, boolean, true)]),
);

const keys = record(
  {
    ...publishKeys,
    custom_events: key('Events that handlers may publish; joined to those of the root and of the steps', customEvents),
    step_events: key('Where events of steps also go', routes),
    workflow_events: key('Where events of tasks, and custom events, also go', routes),
  },
  { what: 'events' },
);

/** What `events` says, names not yet resolved. */
export interface ReadEvents {
  publish: Record<string, boolean>;
  customEvents: DeclaredEvent[];
  routes: ReadRoute[];
}

/** `events`: which are published, which there are beside the system's, and where they go. */
export const events: Reader<ReadEvents> = reader(keys.jsonSchema, (written, label, reading) => {
  const fields = keys(written, label, reading);
  if (fields === undefined) return undefined;
  const { custom_events = [], step_events = [], workflow_events = [], ...flags } = fields;
  const publish = Object.entries(flags).map(([flag, value]) => [
    SYSTEM_EVENTS.get(flag.slice('publish_'.length)),
    value,
  ]);
  return {
    publish: Object.fromEntries(publish) as Record<string, boolean>,
    customEvents: custom_events,
    routes: [...step_events, ...workflow_events],
  };
});
