import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { classNameOf } from './interface-contract.js';
import { Registries } from './registries.js';
import { Registry } from './registry.js';
import type { Clash, RegisterOptions, RegistryHealth, RegistryKind, RegistryStats } from './registry-kind.js';
import type { StepHandlerContract } from './step-handler.js';

export type AnyStepHandler = StepHandlerContract<never, unknown>;

export interface RegisteredStepHandler {
  /** The registered name, the class name, and the aliases: all that a template may call it. */
  keys: readonly string[];
  handler: AnyStepHandler;
}

/** A handler with its registered name and its aliases. */
export interface NamedStepHandler {
  handler: AnyStepHandler;
  names: readonly string[];
}

const KIND: RegistryKind<RegisteredStepHandler> = {
  name: 'step_handlers',
  entityType: 'step_handler',
  contract: {
    what: 'Handler',
    required: ['process'],
    implementation: ({ handler }) => handler,
    suggestion: (key) => `Extend StepHandlerBase, or add process(context), in the class of @StepHandler('${key}').`,
  },
  namesOf: (_key, { keys }) => keys,
  entityClass: ({ handler }) => classNameOf(handler),
  optionsOf: ({ keys }) => ({ names: keys }),
  // a provider of two modules is found twice
  relation: (known, { handler }) => (known.handler.constructor === handler.constructor ? 'successor' : 'rival'),
  conflict,
};

/** The step handlers of this process by every name that a template may use. */
@Injectable()
export class StepHandlerRegistry {
  private readonly registry: Registry<RegisteredStepHandler>;

  constructor(registries?: Registries) {
    this.registry = registries?.create(KIND) ?? new Registry(KIND);
  }

  /** @throws TaskerError `handler_conflict` where a name is taken by another handler; ValidationError without `process` */
  register(handler: AnyStepHandler, names: readonly string[], options: RegisterOptions = {}): void {
    this.registerAll([{ handler, names }], options);
  }

  /** Registers all or, where one is refused, none: whoever looks meanwhile finds none of them or all. */
  registerAll(handlers: readonly NamedStepHandler[], options: RegisterOptions = {}): void {
    const entries = handlers.map(({ handler, names }) => {
      const keys = [...new Set([...names, classNameOf(handler)])];
      return { key: keys[0]!, entry: { keys, handler } };
    });
    this.registry.registerAll(entries, options);
  }

  /** Removes the handler that a name finds, with all its names. @returns whether there was one */
  unregister(key: string): boolean {
    return this.registry.unregister(key);
  }

  get(key: string): AnyStepHandler | undefined {
    return this.registry.get(key)?.handler;
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

  /** What to say where a template names a handler that is not here. */
  missing(key: string, neededBy: string): string {
    return `${neededBy} needs handler "${key}", but no provider is decorated with @StepHandler('${key}').${didYouMean(key, this.names())}`;
  }
}

function conflict({ name, known, entry, replaceable }: Clash<RegisteredStepHandler>): TaskerError {
  const both = `${classNameOf(known.handler)} and ${classNameOf(entry.handler)}`;
  const replace = replaceable ? ', or register it with { replace: true }' : '';
  return new TaskerError(
    'handler_conflict',
    `Two step handlers answer to "${name}": ${both}. Give one of them another name in @StepHandler${replace}.`,
  );
}
