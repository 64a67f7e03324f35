import { PermanentError } from '../core/errors.js';
import { layered, type JsonObject } from '../core/json.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import type { RegisteredStepHandler } from '../registry/registered-step-handler.js';
import { resolvePlaceholders } from '../templates/placeholders.js';
import type { LiveAttempt } from './live-attempt.js';

interface Prepared {
  /** Another handler that takes its place wants another config. */
  registered: RegisteredStepHandler;
  config: Readonly<JsonObject>;
}

/**
 * The `handler_config` and `inputs` of steps as their handlers get them. Of the `handler_config`: the step's over the handler's own, placeholders filled in by
 * the worker that runs the step (secrets are not stored), then the defaults of the handler's schema. Made once.
 */
export class StepConfigs {
  private readonly prepared = new WeakMap<CatalogEntry, (Prepared | undefined)[]>();
  private readonly inputs = new WeakMap<CatalogEntry, (Readonly<JsonObject> | undefined)[]>();

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** @throws PermanentError `CONFIG_UNRESOLVED` or `CONFIG_INVALID` */
  of({ memory: { entry }, stepNo, step }: LiveAttempt, registered: RegisteredStepHandler): Readonly<JsonObject> {
    const prepared = this.prepared.get(entry) ?? [];
    this.prepared.set(entry, prepared);
    const known = prepared[stepNo];
    if (known?.registered === registered) return known.config;
    const config = preparedConfig(step.name, step.config, registered, this.env);
    prepared[stepNo] = { registered, config };
    return config;
  }

  /**
   * What the step is given beside the task's context: its template's `inputs`, or what an operator gave it.
   *
   * @throws PermanentError `CONFIG_UNRESOLVED`
   */
  inputsOf({ memory, stepNo, step, claim }: LiveAttempt): Readonly<JsonObject> {
    const given = memory.inputs(stepNo, claim.inputs);
    if (given !== null) return given;
    const inputs = this.inputs.get(memory.entry) ?? [];
    this.inputs.set(memory.entry, inputs);
    return (inputs[stepNo] ??= resolved(step.name, 'inputs', step.inputs, this.env));
  }
}

/**
 * A step's `handler_config` over the handler's own, complete.
 *
 * @throws PermanentError `CONFIG_UNRESOLVED` or `CONFIG_INVALID`
 */
export function preparedConfig(
  step: string,
  own: JsonObject,
  { config: under, configSchema }: Pick<RegisteredStepHandler, 'config' | 'configSchema'>,
  env: NodeJS.ProcessEnv,
): Readonly<JsonObject> {
  const written = layered(under, own);
  const filled = resolved(step, 'handler_config', written, env);
  if (configSchema === null) return filled;
  const config = JSON.parse(JSON.stringify(filled)) as JsonObject;
  const problems = configSchema.complete(config, written);
  if (problems.length === 0) return deepFreeze(config);
  throw new PermanentError(`The handler_config of step "${step}" is not valid on this worker: ${problems.join('; ')}`, {
    errorCode: 'CONFIG_INVALID',
    errorCategory: 'configuration',
  });
}

function resolved(step: string, what: string, written: JsonObject, env: NodeJS.ProcessEnv): Readonly<JsonObject> {
  try {
    return resolvePlaceholders(written, env, what);
  } catch (cause) {
    throw new PermanentError(
      `The ${what} of step "${step}" cannot be resolved on this worker: ${(cause as Error).message}`,
      { errorCode: 'CONFIG_UNRESOLVED', errorCategory: 'configuration', cause },
    );
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
