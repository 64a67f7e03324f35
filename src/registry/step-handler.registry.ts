import { Injectable, Optional } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { TaskerError } from '../core/errors.js';
import { layered, type JsonObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import type { ConfigProblem } from './config-schema.js';
import { classNameOf } from './interface-contract.js';
import {
  registeredAll,
  type AnyStepHandler,
  type RegisteredStepHandler,
  type StepHandlerRegistration,
} from './registered-step-handler.js';
import { Registries } from './registries.js';
import { Registry } from './registry.js';
import type {
  Clash,
  RegisterOptions,
  RegistryChange,
  RegistryHealth,
  RegistryKind,
  RegistryStats,
} from './registry-kind.js';

export type StepHandlerClass = new (...args: never[]) => AnyStepHandler;

const KIND: RegistryKind<RegisteredStepHandler> = {
  name: 'step_handlers',
  entityType: 'step_handler',
  category: 'handler',
  contract: {
    what: 'Handler',
    required: ['process'],
    implementation: ({ handler }) => handler,
    suggestion: (key) => `Extend StepHandlerBase, or add process(context), in the class of @StepHandler('${key}').`,
  },
  namesOf: (_key, { keys }) => keys,
  entityClass: ({ handler }) => classNameOf(handler),
  optionsOf: ({ keys, dependentSystem, isolation }) => ({
    names: keys,
    ...(dependentSystem !== null && { dependent_system: dependentSystem }),
    ...(isolation !== 'none' && { isolation }),
  }),
  // a provider of two modules is found twice
  relation: ({ handler: known }, { handler }) =>
    known.constructor === handler.constructor && known.constructor !== Object ? 'successor' : 'rival',
  conflict,
};

/** The step handlers of this process by every name that a template may use. */
@Injectable()
export class StepHandlerRegistry {
  private readonly registry: Registry<RegisteredStepHandler>;

  constructor(
    registries?: Registries,
    @Optional() private readonly modules?: ModuleRef,
  ) {
    this.registry = registries?.create(KIND) ?? new Registry(KIND);
  }

  /**
   * Registers a handler, at any time: a worker that runs takes steps for it from then on, once its `setup` is through.
   *
   * @param handler - an instance; or a class, of which the application's provider is taken, else a new instance
   * @param names - its name and its aliases. @default those of its `@StepHandler`, else the name of its class
   * @throws TaskerError `handler_conflict` where a name is taken by another handler; ValidationError without `process`
   */
  register(
    handler: AnyStepHandler | StepHandlerClass,
    names?: string | readonly string[],
    options: RegisterOptions = {},
  ): void {
    const instance = isClass(handler) ? this.instanceOf(handler) : handler;
    this.registerAll([{ handler: instance, names: typeof names === 'string' ? [names] : names }], options);
  }

  /** Registers all or, where one is refused, none: whoever looks meanwhile finds none of them or all. */
  registerAll(handlers: readonly StepHandlerRegistration[], options: RegisterOptions = {}): void {
    this.registry.registerAll(
      registeredAll(handlers).map((entry) => ({ key: entry.name, entry })),
      options,
    );
  }

  /** Removes the handler that a name finds, with all its names; its steps that run finish in it. @returns whether there was one */
  unregister(key: string): boolean {
    return this.registry.unregister(key);
  }

  get(key: string): AnyStepHandler | undefined {
    return this.registry.get(key)?.handler;
  }

  /** The handler that a name finds, with all that is known of it. */
  find(key: string): RegisteredStepHandler | undefined {
    return this.registry.get(key);
  }

  has(key: string): boolean {
    return this.registry.has(key);
  }

  names(): string[] {
    return this.registry.names();
  }

  list(): RegisteredStepHandler[] {
    return this.registry.list();
  }

  stats(): RegistryStats {
    return this.registry.stats();
  }

  healthCheck(): RegistryHealth {
    return this.registry.healthCheck();
  }

  /** Tells of every change once it can be seen. @returns stops the telling */
  onChange(listener: (change: RegistryChange) => void): () => void {
    return this.registry.onChange(listener);
  }

  /**
   * What is wrong with the `handler_config` of a step of this handler, as it is written.
   *
   * @param env - where its placeholders are looked up; null where their values are not known
   */
  configProblems(key: string, written: JsonObject, env: NodeJS.ProcessEnv | null): readonly ConfigProblem[] {
    const registered = this.registry.get(key);
    return registered?.configSchema?.problems(layered(registered.config, written), env) ?? [];
  }

  /** What to say where somebody needs a handler that is not here. */
  missing(key: string, neededBy: string): string {
    return `${neededBy} needs handler "${key}", but no provider is decorated with @StepHandler('${key}').${didYouMean(key, this.names())}`;
  }

  private instanceOf(type: StepHandlerClass): AnyStepHandler {
    try {
      return this.modules!.get<AnyStepHandler>(type, { strict: false });
    } catch (cause) {
      if (type.length === 0) return new type();
      const message =
        `${type.name} is no provider of this application, and its constructor wants ${type.length} parameters: ` +
        `provide it in a module, or register an instance.`;
      throw new TaskerError('handler_invalid', message, [], { cause });
    }
  }
}

const isClass = (handler: unknown): handler is StepHandlerClass =>
  typeof handler === 'function' && (handler as { prototype?: unknown }).prototype !== undefined;

function conflict({ name, known, entry, replaceable }: Clash<RegisteredStepHandler>): TaskerError {
  const both = `${classNameOf(known.handler)} and ${classNameOf(entry.handler)}`;
  const replace = replaceable ? ', or register it with { replace: true }' : '';
  return new TaskerError(
    'handler_conflict',
    `Two step handlers answer to "${name}": ${both}. Give one of them another name in @StepHandler${replace}.`,
  );
}
