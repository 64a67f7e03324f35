import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { OpenAPIObject } from '@nestjs/swagger';

type Node = { [key: string]: unknown };

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  example?: unknown;
  schema: { example?: unknown; enum?: unknown[] };
}

export interface Operation {
  /** `GET /tasker/tasks/{task_id}` */
  key: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  parameters: Parameter[];
  /** Schema of its body; null where it takes none. */
  body: Node | null;
  responses: Record<string, { content?: Record<string, { schema: Node }> }>;
}

/** What came back over the wire. */
export interface LiveAnswer {
  status: number;
  type: string;
  text: string;
}

/** Holds live answers against the OpenAPI document. */
export class LiveContract {
  readonly operations: Operation[];
  private readonly ajv = addFormats(new Ajv({ strict: false, allErrors: true }));

  private readonly validators = new Map<Node, ValidateFunction>();

  constructor(private readonly document: OpenAPIObject) {
    const closed = strict({ components: document.components }) as Node;
    this.ajv.addSchema({ $id: 'api', ...(JSON.parse(rooted(closed)) as Node) });
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Node>).map(([method, operation]) => ({
        key: `${method.toUpperCase()} ${path}`,
        method: method as Operation['method'],
        path,
        parameters: (operation.parameters ?? []) as Parameter[],
        body: bodyOf(operation),
        responses: operation.responses as Operation['responses'],
      })),
    );
  }

  /** Everything in an answer that the document does not say. */
  findings({ key, responses }: Operation, { status, type, text }: LiveAnswer): unknown[] {
    const response = responses[status];
    if (!response)
      return [`${key} answered ${status}, and documents ${Object.keys(responses).join(', ')}: ${text.slice(0, 300)}`];
    const media = Object.entries(response.content ?? {});
    if (media.length === 0) return text === '' ? [] : [`${key} answered ${status} with a body, and documents none`];
    const found = media.find(([name]) => type.startsWith(name));
    if (!found)
      return [`${key} answered ${status} as ${type}, and documents ${media.map(([name]) => name).join(', ')}`];
    if (!/json/.test(found[0])) return [];
    const validate = this.validatorOf(found[1].schema);
    return validate(JSON.parse(text)) ? [] : [{ key, status, errors: validate.errors, text: text.slice(0, 500) }];
  }

  /** Compiled once: Ajv keeps all that it has compiled. */
  private validatorOf(schema: Node): ValidateFunction {
    const known = this.validators.get(schema) ?? this.ajv.compile(JSON.parse(rooted(strict(schema))) as Node);
    this.validators.set(schema, known);
    return known;
  }

  /** A value made of the examples in a schema: required fields, and those that have an example. */
  example(schema: Node): unknown {
    if ('example' in schema) return schema.example;
    const {
      $ref,
      oneOf,
      properties = {},
      required = [],
      items,
      type,
    } = schema as {
      $ref?: string;
      oneOf?: Node[];
      properties?: Record<string, Node>;
      required?: string[];
      items?: Node;
      type?: string;
    };
    if ($ref) return this.example(this.document.components!.schemas![$ref.split('/').at(-1)!] as Node);
    if (oneOf) return this.example(oneOf[0]!);
    if (type === 'array') return items ? [this.example(items)] : [];
    const named = Object.entries(properties).filter(([name, field]) => required.includes(name) || 'example' in field);
    return Object.fromEntries(named.map(([name, field]) => [name, this.example(field)]));
  }
}

/** A schema of OpenAPI 3.0 as JSON Schema, in which an object has the fields that are documented and no other. */
export function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as Node;
  const parts = Object.entries(rest).filter(([key]) => key !== 'example');
  const schema: Node = Object.fromEntries(parts.map(([key, value]) => [key, strict(value)]));
  const closed = schema.type === 'object' && schema.properties ? { additionalProperties: false, ...schema } : schema;
  if (!nullable) return closed;
  // `type: object` stands for any JSON where nothing says what is in it
  return schema.type === 'object' && !schema.properties ? {} : { anyOf: [closed, { type: 'null' }] };
}

const rooted = (schema: unknown): string => JSON.stringify(schema).replaceAll('"#/', '"api#/');

function bodyOf({ requestBody }: Node): Node | null {
  if (!requestBody) return null;
  return (requestBody as { content: Record<string, { schema: Node }> }).content['application/json']!.schema;
}
