import { isDeepStrictEqual } from 'node:util';
import type { CustomEvent, EventRoute } from '../core/template-policies.js';
import { DEFAULT_NAMESPACE } from '../core/template.js';
import { customEventName, customNameProblem } from '../events/event-name.js';
import { commonSettings } from './agreement.js';
import type { Reading } from './reader.js';
import { schemaProblems } from './schema-compiler.js';
import { SYSTEM_EVENTS } from './shape/events-shape.js';
import type { DeclaredEvent, ReadRoute } from './shape/events-shape.js';
import { slipOf } from './slip.js';
import type { TemplateFields } from './template-shape.js';
import { quoted, writtenAt } from './written.js';

/** What begins like a system event is meant to be one. */
const LIKE_SYSTEM = /^(task|step|workflow)[._]/;

const namespaceOf = (fields: TemplateFields): string => commonSettings(fields).namespace ?? DEFAULT_NAMESPACE;

const declarationsOf = (fields: TemplateFields): DeclaredEvent[] => [
  ...(fields.custom_events ?? []),
  ...(fields.events?.customEvents ?? []),
  ...(fields.step_templates ?? []).flatMap((step) => step.custom_events ?? []),
];

/** The event as the catalog knows it. */
export const customEventOf = ({ name, description, schema }: DeclaredEvent, namespace: string): CustomEvent => ({
  name: customEventName(name.value, namespace),
  description,
  payloadSchema: schema?.json ?? null,
});

/** All events that handlers of the template may publish, those that only a route names included; each once. */
export function customEventsOf(fields: TemplateFields): CustomEvent[] {
  const namespace = namespaceOf(fields);
  const events = new Map<string, CustomEvent>();
  for (const declared of declarationsOf(fields)) {
    const event = customEventOf(declared, namespace);
    if (!events.has(event.name)) events.set(event.name, event);
  }
  for (const { event } of fields.events?.routes ?? []) {
    if (SYSTEM_EVENTS.has(event.value)) continue;
    const name = customEventName(event.value, namespace);
    if (!events.has(name)) events.set(name, { name, description: null, payloadSchema: null });
  }
  return [...events.values()];
}

/** Routes with the full names of their events. */
export function routesOf(fields: TemplateFields): EventRoute[] {
  const namespace = namespaceOf(fields);
  return (fields.events?.routes ?? []).map(({ event, publishTo }) => ({
    event: SYSTEM_EVENTS.get(event.value) ?? customEventName(event.value, namespace),
    publishTo,
  }));
}

/** Checks the names of events, their schemas, and that none is declared twice differently. */
export function checkEvents(fields: TemplateFields, reading: Reading): void {
  const namespace = namespaceOf(fields);
  const first = new Map<string, DeclaredEvent>();
  for (const declared of declarationsOf(fields)) {
    const name = customEventName(declared.name.value, namespace);
    const known = first.get(name);
    if (!known) {
      first.set(name, declared);
      checkDeclared(declared, name, reading);
    } else if (!isDeepStrictEqual(customEventOf(known, namespace), customEventOf(declared, namespace))) {
      const message = `the event ${name} is declared differently at ${known.name.at.text}: make them the same`;
      reading.findings.report(declared.name.at, message);
    }
  }
  const declared = [...first.keys()];
  for (const route of fields.events?.routes ?? []) checkRoute(route, namespace, declared, reading);
}

function checkDeclared(
  { name, schema }: DeclaredEvent,
  fullName: string,
  { findings, compiledSchemas }: Reading,
): void {
  const wrong = customNameProblem(fullName);
  if (wrong) findings.report(name.at, `the event name ${quoted(fullName)} ${wrong}`);
  if (schema === null) return;
  for (const { pointer, message } of schemaProblems(schema.json, compiledSchemas)) {
    findings.report(writtenAt(schema.written, pointer).at, message);
  }
  const type = schema.json.type;
  if (type !== undefined && type !== 'object' && !(Array.isArray(type) && type.includes('object'))) {
    findings.report(schema.written.at, 'the payload of an event is an object: write type: object');
  }
}

function checkRoute(
  { event }: ReadRoute,
  namespace: string,
  declared: string[],
  { findings, suggestions }: Reading,
): void {
  if (SYSTEM_EVENTS.has(event.value)) return;
  if (LIKE_SYSTEM.test(event.value)) {
    const suggestion = suggestions.didYouMean(event.value, [...SYSTEM_EVENTS.keys()]);
    return findings.report(event.at, `there is no system event ${quoted(event.value)}.${suggestion}`);
  }
  const fullName = customEventName(event.value, namespace);
  if (declared.includes(fullName)) return;
  const wrong = customNameProblem(fullName);
  if (wrong) return findings.report(event.at, `the event name ${quoted(fullName)} ${wrong}`);
  const meant = slipOf(fullName, declared);
  if (meant === null) return;
  findings.report(
    event.at,
    `there is no event ${quoted(fullName)}. Did you mean ${quoted(meant)}? Else declare it in custom_events`,
  );
}
