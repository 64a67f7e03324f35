import { Injectable } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { Registries } from './registries.js';
import type { RegistryChange } from './registry-kind.js';

/** Publishes each change of a registry as an event. What happens before there are subscribers is told once they are there. */
@Injectable()
export class RegistryEvents {
  private early: RegistryChange[] | null = [];

  constructor(
    registries: Registries,
    private readonly bus: EventBus,
  ) {
    registries.onChange((change) => {
      if (this.early) this.early.push(change);
      else this.publish(change);
    });
  }

  /** Subscribers are there. */
  begin(): void {
    const early = this.early ?? [];
    this.early = null;
    for (const change of early) this.publish(change);
  }

  private publish({ type, category, ...change }: RegistryChange): void {
    const facts = () => ({
      correlation_id: change.correlationId,
      registry_name: change.registryName,
      entity_type: change.entityType,
      entity_id: change.entityId,
      entity_class: change.entityClass,
      options: change.options,
    });
    if (type !== 'validation_failed') this.bus.publish(`${category}.${type}`, facts);
    else this.bus.publish(`${category}.${type}`, () => ({ ...facts(), validation_error: change.validationError! }));
  }
}
