import type { TaskerError } from '../core/errors.js';
import type { InterfaceContract } from './interface-contract.js';

/** What the entries of a registry are in events: the first part of `handler.registered`. */
export type RegistryCategory = 'handler' | 'plugin' | 'subscriber';

/** What tells a registry's entries apart from those of another. */
export interface RegistryKind<Entry> {
  /** As in `/registries/{name}`, e.g. `step_handlers`. */
  readonly name: string;
  /** What an entry is called in log lines, e.g. `step_handler`. */
  readonly entityType: string;
  readonly category: RegistryCategory;
  /** What an entry must implement; nothing if not given. */
  readonly contract?: InterfaceContract<Entry>;
  /** All names that find an entry; its key alone if not given. */
  namesOf?(key: string, entry: Entry): readonly string[];
  /** How log lines name an entry; its key if not given. */
  entityId?(key: string, entry: Entry): string;
  entityClass(entry: Entry): string;
  /** What log lines say of an entry besides. */
  optionsOf?(entry: Entry): Record<string, unknown>;
  /** What a newcomer is to the entry that has its key; `rival` if not given. */
  relation?(known: Entry, entry: Entry): Relation;
  /** What to throw where another entry has the name. */
  conflict(clash: Clash<Entry>): TaskerError;
  /** Figures of this kind, besides those that every registry has. */
  stats?(entries: ReadonlyMap<string, Entry>): Record<string, unknown>;
}

/** `same`: nothing changes. `successor`: takes the place unasked. `rival`: takes it only if asked to replace. */
export type Relation = 'same' | 'successor' | 'rival';

/** A name that an entry has, and another one wants. */
export interface Clash<Entry> {
  name: string;
  known: Entry;
  entry: Entry;
  /** Whether `replace` would settle it: the name is the key of both. */
  replaceable: boolean;
}

export interface Registration<Entry> {
  key: string;
  entry: Entry;
}

export interface RegisterOptions {
  /** Take the place of another entry under the same key. @default false */
  replace?: boolean;
  /** Under which the change is logged. @default one made for it */
  correlationId?: string;
}

export interface RegistryStats {
  registry_name: string;
  total: number;
  /** A change replaces the whole content, and no thread shares it with another. */
  thread_safe: true;
  /** ISO 8601; null before the first. */
  last_registration: string | null;
  [figure: string]: unknown;
}

export interface RegistryHealth {
  status: 'healthy' | 'unhealthy';
  registry_size: number;
  thread_safe: true;
  /** Entries that can no longer do what was asked of them when they were registered. */
  problems: string[];
}

export const REGISTRY_CHANGES = ['registered', 'unregistered', 'validation_failed'] as const;

/** What has happened to a registry. */
export interface RegistryChange {
  type: (typeof REGISTRY_CHANGES)[number];
  at: Date;
  /** The same for all changes of one batch. */
  correlationId: string;
  registryName: string;
  category: RegistryCategory;
  entityType: string;
  entityId: string;
  entityClass: string;
  options: Record<string, unknown>;
  /** Why it was refused. */
  validationError?: string;
}
