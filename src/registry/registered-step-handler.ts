import type { JsonObject } from '../core/json.js';
import { TaskerError, type Finding } from '../core/errors.js';
import { ConfigSchema } from './config-schema.js';
import { classNameOf } from './interface-contract.js';
import { STEP_HANDLER, type Isolation, type StepHandlerOptions } from './step-handler.decorator.js';
import { optionProblems } from './step-handler-options.js';
import type { StepHandlerContract } from './step-handler.js';

export type AnyStepHandler = StepHandlerContract<never, unknown>;

/** A handler with all that is known of it. */
export interface RegisteredStepHandler {
  /** What templates name. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** The registered name, the class name, and the aliases: all that a template may call it. */
  readonly keys: readonly string[];
  readonly handler: AnyStepHandler;
  readonly configSchema: ConfigSchema | null;
  /** Laid under the `handler_config` of each of its steps. `${NAME}` is still in place. */
  readonly config: Readonly<JsonObject>;
  readonly dependentSystem: string | null;
  readonly isolation: Isolation;
  /** The file that a thread loads its class from; null where none was given. */
  readonly module: string | null;
}

/** What a handler may implement, as its description says it. */
export const CAPABILITIES = ['process', 'process_results', 'setup', 'cleanup'] as const;
export type Capability = (typeof CAPABILITIES)[number];

const METHODS: Record<Capability, keyof AnyStepHandler> = {
  process: 'process',
  process_results: 'processResults',
  setup: 'setup',
  cleanup: 'cleanup',
};

export const capabilitiesOf = ({ handler }: RegisteredStepHandler): Capability[] =>
  CAPABILITIES.filter((capability) => typeof handler[METHODS[capability]] === 'function');

/** What is to be registered. What is left out is taken from the `@StepHandler` of its class. */
export interface StepHandlerRegistration {
  handler: AnyStepHandler;
  /** The registered name, then its aliases. */
  names?: readonly string[] | undefined;
  config?: JsonObject | undefined;
  dependentSystem?: string | undefined;
  /** Whether templates may name it by its class, too. @default true */
  byClass?: boolean;
}

/** @throws TaskerError `handler_invalid`, naming everything that is wrong with what the handlers say of themselves */
export function registeredAll(registrations: readonly StepHandlerRegistration[]): RegisteredStepHandler[] {
  const findings: Finding[] = [];
  const registered = registrations.flatMap((each) => {
    const options = optionsOf(each);
    const problems = optionProblems(options);
    const path = `@StepHandler of ${classNameOf(each.handler)}`;
    findings.push(...problems.map((message) => ({ path, message })));
    return problems.length > 0 ? [] : [registeredOf(each, options)];
  });
  if (findings.length === 0) return registered;
  const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
  throw new TaskerError('handler_invalid', `Step handlers are not valid:\n${list}`, findings);
}

/** What the class is decorated with; undefined where it is not. */
export const stepHandlerOptions = (type: unknown): StepHandlerOptions | undefined =>
  typeof type === 'function' ? (Reflect.getMetadata(STEP_HANDLER, type) as StepHandlerOptions | undefined) : undefined;

function optionsOf({ handler, names, dependentSystem }: StepHandlerRegistration): StepHandlerOptions {
  const own = handler as (AnyStepHandler & { configSchema?: JsonObject }) | null | undefined;
  const decorated = stepHandlerOptions(own?.constructor);
  const [name, ...aliases] = names ?? [decorated?.name ?? classNameOf(handler), ...(decorated?.aliases ?? [])];
  const configSchema = decorated?.configSchema ?? own?.configSchema;
  return {
    ...decorated,
    name: name!,
    aliases,
    ...(configSchema !== undefined && { configSchema }),
    ...(dependentSystem !== undefined && { dependentSystem }),
  };
}

function registeredOf(registration: StepHandlerRegistration, options: StepHandlerOptions): RegisteredStepHandler {
  const { handler, config = {}, byClass = true } = registration;
  const { name, aliases = [], configSchema, dependentSystem, isolation = 'none', module } = options;
  // an object without a class shares its class's name with every other
  const className = byClass && (handler as object | null)?.constructor !== Object ? [classNameOf(handler)] : [];
  return {
    name,
    aliases: [...new Set(aliases)],
    keys: [...new Set([name, ...aliases, ...className])],
    handler,
    configSchema: configSchema ? new ConfigSchema(configSchema) : null,
    config,
    dependentSystem: dependentSystem ?? null,
    isolation,
    module: module ?? null,
  };
}
