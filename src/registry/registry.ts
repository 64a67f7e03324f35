import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ValidationError, violation } from './interface-contract.js';
import type {
  RegisterOptions,
  Registration,
  RegistryChange,
  RegistryHealth,
  RegistryKind,
  RegistryStats,
} from './registry-kind.js';
import { Draft, type Snapshot } from './snapshot.js';

/** Entries by key and by further names. A change replaces the whole content at once; what was read before stays as it was. */
export class Registry<Entry> {
  private readonly logger = new Logger('tasker.registry');
  private readonly listeners = new Set<(change: RegistryChange) => void>();
  private current: Snapshot<Entry> = { entries: new Map(), keys: new Map() };
  private lastRegistration: Date | null = null;

  constructor(readonly kind: RegistryKind<Entry>) {}

  /** As `registerAll` of one. */
  register(key: string, entry: Entry, options: RegisterOptions = {}): void {
    this.registerAll([{ key, entry }], options);
  }

  /**
   * Registers all or, where one is refused, none; no reader sees a part of them.
   *
   * @throws ValidationError where an entry lacks a required method; what the kind throws where a name is taken
   */
  registerAll(registrations: readonly Registration<Entry>[], options: RegisterOptions = {}): void {
    const { replace = false, correlationId = randomUUID() } = options;
    const draft = new Draft(this.kind, this.current);
    const registered = registrations.filter((each) => {
      try {
        return draft.put(each, replace);
      } catch (error) {
        if (error instanceof ValidationError)
          this.announce({ ...this.changeOf(each, correlationId, { replace }), ...refused(error) });
        throw error;
      }
    });
    if (registered.length === 0) return;
    this.current = draft;
    this.lastRegistration = new Date();
    for (const each of registered) this.announce(this.changeOf(each, correlationId, { replace }));
  }

  /** Removes the entry that a name finds. @returns whether there was one */
  unregister(name: string, { correlationId = randomUUID() }: Pick<RegisterOptions, 'correlationId'> = {}): boolean {
    const key = this.current.keys.get(name);
    if (key === undefined) return false;
    const entry = this.current.entries.get(key)!;
    const draft = new Draft(this.kind, this.current);
    draft.remove(key);
    this.current = draft;
    this.announce({ ...this.changeOf({ key, entry }, correlationId), type: 'unregistered' });
    return true;
  }

  get(name: string): Entry | undefined {
    const { keys, entries } = this.current;
    const key = keys.get(name);
    return key === undefined ? undefined : entries.get(key);
  }

  has(name: string): boolean {
    return this.current.keys.has(name);
  }

  list(): Entry[] {
    return [...this.current.entries.values()];
  }

  /** Every name that finds an entry. */
  names(): string[] {
    return [...this.current.keys.keys()];
  }

  /** All entries by key, as they are now: later changes do not show in it. */
  snapshot(): ReadonlyMap<string, Entry> {
    return this.current.entries;
  }

  stats(): RegistryStats {
    const { entries } = this.current;
    return {
      registry_name: this.kind.name,
      total: entries.size,
      ...this.kind.stats?.(entries),
      thread_safe: true,
      last_registration: this.lastRegistration?.toISOString() ?? null,
    };
  }

  /** Holds every entry against the contract again. */
  healthCheck(): RegistryHealth {
    const { entries } = this.current;
    const { contract } = this.kind;
    const broken = contract ? [...entries].map(([key, entry]) => violation(contract, key, entry)) : [];
    const problems = broken.filter((error) => error !== null).map(({ message }) => message);
    const status = problems.length === 0 ? 'healthy' : 'unhealthy';
    return { status, registry_size: entries.size, thread_safe: true, problems };
  }

  /** Tells of every change once it can be seen, and of every refused entry. @returns stops the telling */
  onChange(listener: (change: RegistryChange) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private changeOf({ key, entry }: Registration<Entry>, correlationId: string, options: object = {}): RegistryChange {
    const { kind } = this;
    return {
      type: 'registered',
      at: new Date(),
      correlationId,
      registryName: kind.name,
      category: kind.category,
      entityType: kind.entityType,
      entityId: kind.entityId?.(key, entry) ?? key,
      entityClass: kind.entityClass(entry),
      options: { ...kind.optionsOf?.(entry), ...options },
    };
  }

  /** What a listener does never reaches whoever registers. */
  private announce(change: RegistryChange): void {
    for (const listener of this.listeners) {
      try {
        listener(change);
      } catch (error) {
        this.logger.error(`A listener of the registry ${this.kind.name} failed`, error);
      }
    }
  }
}

const refused = ({ message }: ValidationError): Pick<RegistryChange, 'type' | 'validationError'> => ({
  type: 'validation_failed',
  validationError: message,
});
