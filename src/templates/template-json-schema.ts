import type { JsonObject } from '../core/json.js';
import { templateShape } from './template-shape.js';

/** JSON Schema (draft 7) of the template format, for editors: made of what reads templates, so that the two agree. */
export function templateJsonSchema(): JsonObject {
  const { properties, required, ...rest } = templateShape.jsonSchema as Shape;
  const { step_templates: steps, environments, ...others } = properties;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Task template of Tasker',
    description:
      'A directed acyclic graph of steps, with the schema of its input and its policies. ${NAME} and ${NAME:-default} are taken from the environment.',
    ...rest,
    properties: {
      ...properties,
      step_templates: { ...steps, items: ref('definitions', 'step') },
      environments: {
        ...environments,
        additionalProperties: { anyOf: [ref('definitions', 'environment'), { type: 'null' }] },
      },
    },
    required,
    definitions: {
      step: steps!.items!,
      step_overlay: overlayOf((steps!.items as Shape).properties, 'definitions', 'step', 'properties'),
      environment: environmentOf(others),
    },
  };
}

interface Shape extends JsonObject {
  properties: Record<string, JsonObject>;
  required: string[];
}

const ref = (...path: string[]): JsonObject => ({ $ref: ['#', ...path].join('/') });

/** The same keys, none of which must be there. */
const overlayOf = (properties: JsonObject, ...path: string[]): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(Object.keys(properties).map((name) => [name, ref(...path, name)])),
  additionalProperties: false,
});

function environmentOf(properties: JsonObject): JsonObject {
  const overlay = overlayOf(properties, 'properties');
  const step = ref('definitions', 'step_overlay');
  return {
    ...overlay,
    properties: {
      ...(overlay.properties as JsonObject),
      step_templates: {
        description: 'Steps to change: a list of them with their names, or a map of them by name',
        anyOf: [
          { type: 'array', items: { allOf: [step, { required: ['name'] }] } },
          { type: 'object', additionalProperties: { anyOf: [step, { type: 'null' }] } },
        ],
      },
    },
  };
}

/** The text of `schemas/task-template.schema.json`. */
export const templateJsonSchemaText = (): string => `${JSON.stringify(templateJsonSchema(), null, 2)}\n`;
