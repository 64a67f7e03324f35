import { Injectable } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { TaskerError } from '../core/errors.js';
import { STEP_HANDLER, type StepHandlerOptions } from './step-handler.decorator.js';
import { StepHandlerRegistry, type AnyStepHandler, type NamedStepHandler } from './step-handler.registry.js';

/** Finds the providers decorated with @StepHandler, in whichever module they are. */
@Injectable()
export class StepHandlerExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
    private readonly registry: StepHandlerRegistry,
  ) {}

  /** Registers all that are found at once. */
  explore(): void {
    const found: NamedStepHandler[] = [];
    for (const wrapper of this.discovery.getProviders()) {
      const type = wrapper.metatype;
      if (typeof type !== 'function') continue;
      const options = this.reflector.get<StepHandlerOptions | undefined>(STEP_HANDLER, type);
      if (options === undefined) continue;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
        throw new TaskerError(
          'handler_invalid',
          `${type.name} is ${wrapper.isTransient ? 'transient' : 'request-scoped, or depends on a provider that is'}. A step handler must be a singleton: ` +
            `take what belongs to one step from its context.`,
        );
      }
      const names = [options.name, ...(options.aliases ?? [])];
      found.push({ handler: wrapper.instance as AnyStepHandler, names });
    }
    this.registry.registerAll(found);
  }
}
