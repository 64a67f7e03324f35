import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../core/json.js';
import { findingOf } from '../templates/context-schema.js';
import { Suggestions } from '../templates/findings.js';
import { expand, hasPlaceholder, isWholePlaceholder } from '../templates/placeholders.js';
import { compileSchema } from '../templates/schema-compiler.js';

/** What is wrong with a `handler_config`, at a JSON pointer into it. */
export interface ConfigProblem {
  pointer: string;
  message: string;
}

/** Keys of `handler_config` that the engine reads, whatever the handler knows of. */
const ENGINE_KEYS = ['timeout_seconds', 'retry_backoff', 'circuit_breaker'];
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** The JSON Schema that a handler's `handler_config` satisfies, compiled once. */
export class ConfigSchema {
  private readonly validate: ValidateFunction;

  /** @throws Error saying everything that keeps the schema from being compiled */
  constructor(readonly schema: JsonObject) {
    const compiled = compileSchema(schema);
    if (Array.isArray(compiled)) {
      throw new Error(compiled.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).join('; '));
    }
    this.validate = compiled;
  }

  /**
   * What is wrong with a config as it is written, its placeholders in place.
   *
   * @param env - null where values of variables are not known: what hangs on them goes unchecked
   * @param isWhole - false where more is laid over it: what it lacks is no problem
   */
  problems(written: JsonObject, env: NodeJS.ProcessEnv | null, isWhole = true): ConfigProblem[] {
    const config = JSON.parse(JSON.stringify(written)) as JsonObject;
    const unset = fillIn(config, env);
    return this.check(config, written)
      .filter(({ error }) => isWhole || error.keyword !== 'required')
      .filter(({ error }) => env !== null || !isOpen(written, error.instancePath))
      .filter(({ error }) => !unset.includes(error.instancePath))
      .map(({ error, message }) => ({ pointer: pointerOf(error), message }));
  }

  /**
   * Fills the schema's defaults into a config whose placeholders are filled in.
   *
   * @param written - the same with its placeholders: what was wholly one may be a number or a boolean
   * @returns what is wrong with it
   */
  complete(config: JsonObject, written: JsonObject): string[] {
    return this.check(config, written).map(({ message }) => message);
  }

  private check(config: JsonObject, written: JsonObject): { error: ErrorObject; message: string }[] {
    const errors = this.errors(config);
    const isChanged = errors.map((error) => coerce(config, written, error)).some(Boolean);
    const suggestions = new Suggestions();
    return (isChanged ? this.errors(config) : errors).map((error) => {
      const { path, message } = findingOf(error, config, suggestions, 'handler_config');
      return { error, message: `${path} ${message}` };
    });
  }

  private errors(config: JsonObject): ErrorObject[] {
    if (this.validate(config)) return [];
    return (this.validate.errors ?? []).filter(
      ({ keyword, instancePath, params }) =>
        // what an `if` led to is told by itself
        keyword !== 'if' &&
        !(
          keyword === 'additionalProperties' &&
          instancePath === '' &&
          ENGINE_KEYS.includes(params.additionalProperty as string)
        ),
    );
  }
}

/** Fills placeholders in, in place. @returns pointers of those whose variable is not set, which loading tells of itself */
function fillIn(value: Json, env: NodeJS.ProcessEnv | null, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const unset: string[] = [];
  for (const [key, inner] of Object.entries(value)) {
    const at = `${pointer}/${escaped(key)}`;
    if (typeof inner !== 'string') unset.push(...fillIn(inner, env, at));
    else if (env) (value as JsonObject)[key] = expand(inner, env, () => unset.push(at));
  }
  return unset;
}

/** Makes a number or a boolean of what a variable stands for, where the schema wants one. */
function coerce(config: JsonObject, written: JsonObject, { keyword, instancePath, params }: ErrorObject): boolean {
  const holder = valueAt(config, instancePath.slice(0, instancePath.lastIndexOf('/')));
  const key = unescaped(instancePath.slice(instancePath.lastIndexOf('/') + 1));
  const source = valueAt(written, instancePath);
  if (keyword !== 'type' || typeof source !== 'string' || !isWholePlaceholder(source)) return false;
  const text = (holder as JsonObject)[key] as string;
  const wanted = [params.type as string | string[]].flat();
  if (NUMBER.test(text) && wanted.some((type) => type === 'number' || type === 'integer')) {
    (holder as JsonObject)[key] = Number(text);
  } else if ((text === 'true' || text === 'false') && wanted.includes('boolean')) {
    (holder as JsonObject)[key] = text === 'true';
  } else {
    return false;
  }
  return true;
}

/** Whether the value at a pointer, or a part of it, hangs on variables. */
function isOpen(written: JsonObject, pointer: string): boolean {
  const value = valueAt(written, pointer);
  return pointer !== '' && hasPlaceholder(JSON.stringify(value ?? null));
}

function valueAt(root: Json, pointer: string): Json | undefined {
  let value: Json | undefined = root;
  for (const part of pointer.split('/').slice(1)) {
    value = (value as { [key: string]: Json } | null | undefined)?.[unescaped(part)];
  }
  return value;
}

/** Of a property that is too much, the property; else the value that is wrong. */
function pointerOf({ instancePath, params }: ErrorObject): string {
  const extra = (params.additionalProperty ?? params.unevaluatedProperty) as string | undefined;
  return extra === undefined ? instancePath : `${instancePath}/${escaped(extra)}`;
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
