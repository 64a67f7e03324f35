import { Registry } from './registry.js';
import type { RegistryChange, RegistryHealth, RegistryKind, RegistryStats } from './registry-kind.js';
import { RegistryLog, type ProcessFacts } from './registry-log.js';

/** What every registry offers, whatever it holds. */
export interface AnyRegistry {
  stats(): RegistryStats;
  healthCheck(): RegistryHealth;
  onChange(listener: (change: RegistryChange) => void): () => void;
}

/** All registries of this process by name. Each change of each is logged. */
export class Registries {
  private readonly byName = new Map<string, AnyRegistry>();
  private readonly listeners: ((change: RegistryChange) => void)[];

  constructor(facts: ProcessFacts) {
    const log = new RegistryLog(facts);
    this.listeners = [(change) => log.write(change)];
  }

  /** @throws Error where there is a registry of that name */
  create<Entry>(kind: RegistryKind<Entry>): Registry<Entry> {
    if (this.byName.has(kind.name)) throw new Error(`There are two registries "${kind.name}": rename one.`);
    const registry = new Registry(kind);
    for (const listener of this.listeners) registry.onChange(listener);
    this.byName.set(kind.name, registry);
    return registry;
  }

  get(name: string): AnyRegistry | undefined {
    return this.byName.get(name);
  }

  names(): string[] {
    return [...this.byName.keys()];
  }

  /** Tells of the changes of all registries, those made later included. */
  onChange(listener: (change: RegistryChange) => void): void {
    this.listeners.push(listener);
    for (const registry of this.byName.values()) registry.onChange(listener);
  }
}
