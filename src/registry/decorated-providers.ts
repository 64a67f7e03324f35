import type { DiscoveryService } from '@nestjs/core';
import { TaskerError } from '../core/errors.js';

/**
 * Instances of the providers, in whichever module they are, whose class has that metadata.
 *
 * @param what - they are, for messages: `A step handler`
 * @throws TaskerError `handler_invalid` for one that is not a singleton
 */
export function decoratedProviders<T>(discovery: DiscoveryService, metadata: string, what: string): T[] {
  return discovery.getProviders().flatMap((wrapper) => {
    // a value or a factory's product is known by its own class
    const type: unknown = wrapper.isNotMetatype ? classOf(wrapper.instance) : wrapper.metatype;
    if (wrapper.isAlias || typeof type !== 'function' || !Reflect.hasMetadata(metadata, type)) return [];
    if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) return [wrapper.instance as T];
    throw new TaskerError(
      'handler_invalid',
      `${type.name} is ${wrapper.isTransient ? 'transient' : 'request-scoped, or depends on a provider that is'}. ` +
        `${what} must be a singleton: take what belongs to one step or task from what its methods are given.`,
    );
  });
}

function classOf(instance: unknown): unknown {
  if (typeof instance !== 'object' || instance === null) return null;
  return (Object.getPrototypeOf(instance) as object | null)?.constructor;
}
