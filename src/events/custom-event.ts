import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../core/json.js';
import { OPTIONAL_FACTS, STEP_FACTS, type JsonSchema } from './event-facts.js';
import type { CustomEventPayload, StepFacts } from './tasker-events.js';

/** An event that handlers may publish, as it was declared. */
export interface DeclaredEvent {
  /** Dotted, in full. */
  name: string;
  description: string | null;
  /** JSON Schema, draft 2020-12, of what a handler publishes; null allows any object. */
  payloadSchema: JsonObject | null;
  /** Who says that they publish it: steps, classes. */
  firedBy: readonly string[];
}

type Facts<F> = Omit<F, 'event' | 'timestamp'>;

/** The payload that subscribers receive: the facts of the attempt stand where the handler's payload has keys of the same names. */
export const customEvent = (
  name: string,
  at: Date,
  facts: Facts<StepFacts>,
  payload: Readonly<Record<string, unknown>>,
): CustomEventPayload => ({ ...payload, event: name, timestamp: at.toISOString(), ...facts });

/** Keys of a handler's payload that give way to facts of the attempt. */
export const keysLost = (payload: object): string[] =>
  Object.keys(payload).filter((key) => key === 'event' || Object.hasOwn(STEP_FACTS, key));

/** All that is declared of one event: by a file or a class, and by templates, whose versions may differ. */
export class CustomEvent {
  private readonly schemas: (JsonObject | null)[] = [];
  private readonly sources = new Set<string>();
  description: string | null = null;

  constructor(readonly name: string) {}

  get firedBy(): string[] {
    return [...this.sources];
  }

  add({ description, payloadSchema, firedBy }: DeclaredEvent): void {
    this.description ??= description;
    firedBy.forEach((source) => this.sources.add(source));
    if (!this.schemas.some((schema) => isDeepStrictEqual(schema, payloadSchema))) this.schemas.push(payloadSchema);
  }

  /** Of what subscribers receive: any form that was declared, with the facts of a step. */
  get payloadSchema(): JsonSchema {
    const facts = { event: { const: this.name, description: 'Its name' }, ...STEP_FACTS };
    const always = Object.keys(facts).filter((fact) => !OPTIONAL_FACTS.includes(fact));
    const forms = this.schemas.map((schema, n) => ({ ...withRoom(schema ?? {}), $id: `urn:tasker:${this.name}:${n}` }));
    const whole = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
    if (forms.length !== 1) return { ...whole, required: always, properties: facts, anyOf: forms };
    const { properties, required, ...form } = withRoom(this.schemas[0] ?? {});
    return {
      ...form,
      ...whole,
      required: [...new Set([...((required as string[] | undefined) ?? []), ...always])],
      properties: { ...(properties as JsonObject), ...facts },
    };
  }
}

/** Keywords that would speak of the facts, too, or give the schema a name of its own. */
const OF_THE_WHOLE = ['$schema', '$id', 'maxProperties', 'propertyNames'];

/** The same schema, but the facts of a step may stand beside what it allows. */
function withRoom(given: JsonObject): JsonObject {
  const schema = Object.fromEntries(Object.entries(given).filter(([keyword]) => !OF_THE_WHOLE.includes(keyword)));
  const facts = Object.fromEntries(['event', ...Object.keys(STEP_FACTS)].map((fact) => [fact, true]));
  return { ...schema, properties: { ...(schema.properties as JsonObject | undefined), ...facts } };
}
