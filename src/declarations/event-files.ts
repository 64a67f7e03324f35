import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { DeclaredEvent } from '../events/custom-event.js';
import { customNameProblem } from '../events/event-name.js';
import { modernSchema } from '../templates/schema-dialect.js';
import { schemaProblems } from '../templates/schema-compiler.js';
import { key, located, reader, refuse, type Located, type Reader, type Reading } from '../templates/reader.js';
import { record } from '../templates/record.js';
import { payloadSchema } from '../templates/shape/events-shape.js';
import { listOf, text } from '../templates/values.js';
import { shown, writtenAt, type Written } from '../templates/written.js';
import { readDeclarations } from './declaration-files.js';

interface WrittenEvent {
  name: Located<string>;
  description: string | null;
  schema: { json: JsonObject; written: Written } | null;
  firedBy: string[];
}

const details = {
  description: key('When it is published', text()),
  payload_schema: key('JSON Schema of the payload, or the types of its fields by their names', payloadSchema),
  fired_by: key('Who publishes it: steps, or classes', listOf(text(), 'names')),
};
const named = record(
  { name: key('Dotted, such as order.placed', located(text())), ...details },
  { what: 'an event', required: ['name'] },
);
const unnamed = record(details, { what: 'an event' });

/** Events in a list, each with its name, or in a map by their names. */
const events: Reader<WrittenEvent[]> = reader(
  {
    anyOf: [
      { type: 'array', items: named.jsonSchema },
      { type: 'object', additionalProperties: unnamed.jsonSchema },
    ],
  },
  (written, label, reading) => {
    if (written.kind === 'list') {
      return written.items.flatMap((item, n) => {
        const { name, ...fields } = named(item, `${label}[${n}]`, reading) ?? {};
        return name === undefined ? [] : [eventOf(name, fields, item)];
      });
    }
    if (written.kind === 'map') {
      return [...written.entries].flatMap(([name, { keyAt, value }]) => {
        const fields = unnamed(value, name, reading);
        return fields === undefined ? [] : [eventOf({ value: name, at: keyAt }, fields, value)];
      });
    }
    if (written.kind === 'unreadable') return undefined;
    return refuse(written, `${label} must be a list, or a map, of events, but is ${shown(written)}`, reading);
  },
);

const file = record(
  { events: key('Events that handlers may publish', events), custom_events: key('The same as events', events) },
  { what: 'a file of events' },
);

function eventOf(
  name: Located<string>,
  fields: { description?: string; payload_schema?: JsonObject; fired_by?: string[] },
  written: Written,
): WrittenEvent {
  const { description = null, payload_schema: json, fired_by: firedBy = [] } = fields;
  const schema = json === undefined ? null : { json, written: writtenAt(written, '/payload_schema') };
  return { name, description, schema, firedBy };
}

/**
 * The events that files declare.
 *
 * @param sources - files, or folders of them
 * @param findings - takes everything that is wrong
 */
export function readEventFiles(
  sources: readonly string[],
  env: NodeJS.ProcessEnv,
  findings: Finding[],
): DeclaredEvent[] {
  const lists: (() => Finding[])[] = [];
  const what = 'events: with the names of events';
  const documents = readDeclarations(sources, what, file, env, (list) => void lists.push(list));
  const first = new Map<string, { event: DeclaredEvent; at: string }>();
  for (const { said, reading } of documents) {
    for (const written of [...(said.events ?? []), ...(said.custom_events ?? [])]) prove(written, reading, first);
  }
  findings.push(...lists.flatMap((list) => list()));
  return [...first.values()].map(({ event }) => event);
}

function prove(
  { name, description, schema, firedBy }: WrittenEvent,
  { findings }: Reading,
  first: Map<string, { event: DeclaredEvent; at: string }>,
): void {
  const before = findings.size;
  const problem = customNameProblem(name.value);
  if (problem !== null) findings.report(name.at, `the name of an event ${problem}`);
  for (const { pointer, message } of schema ? schemaProblems(schema.json) : []) {
    findings.report(writtenAt(schema!.written, pointer).at, message);
  }
  if (findings.size > before) return;
  const event = { name: name.value, description, payloadSchema: schema && modernSchema(schema.json), firedBy };
  const known = first.get(event.name);
  if (!known) first.set(event.name, { event, at: name.at.text });
  else if (!isDeepStrictEqual(known.event.payloadSchema, event.payloadSchema)) {
    findings.report(name.at, `"${event.name}" is declared with another payload at ${known.at}: keep one of them`);
  }
}
