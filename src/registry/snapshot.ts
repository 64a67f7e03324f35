import { violation } from './interface-contract.js';
import type { Registration, RegistryKind } from './registry-kind.js';

/** What a registry holds at one moment: never changed, so that whoever reads it needs no lock. */
export interface Snapshot<Entry> {
  readonly entries: ReadonlyMap<string, Entry>;
  /** The key of the entry that each name finds. */
  readonly keys: ReadonlyMap<string, string>;
}

/** The next snapshot while it is made; nobody else sees it until it is whole. */
export class Draft<Entry> implements Snapshot<Entry> {
  readonly entries: Map<string, Entry>;
  readonly keys: Map<string, string>;

  constructor(
    private readonly kind: RegistryKind<Entry>,
    { entries, keys }: Snapshot<Entry>,
  ) {
    this.entries = new Map(entries);
    this.keys = new Map(keys);
  }

  /**
   * @returns whether anything has changed
   * @throws ValidationError where the contract is not met; what the kind throws for a conflict
   */
  put({ key, entry }: Registration<Entry>, replace: boolean): boolean {
    const broken = this.kind.contract && violation(this.kind.contract, key, entry);
    if (broken) throw broken;
    if (this.entries.has(key)) {
      const known = this.entries.get(key)!;
      const relation = this.kind.relation?.(known, entry) ?? 'rival';
      if (relation === 'same') return false;
      if (relation === 'rival' && !replace) throw this.kind.conflict({ name: key, known, entry, replaceable: true });
      this.remove(key);
    }
    for (const name of this.namesOf(key, entry)) this.claim(name, key, entry);
    this.entries.set(key, entry);
    return true;
  }

  remove(key: string): void {
    for (const name of this.namesOf(key, this.entries.get(key)!)) this.keys.delete(name);
    this.entries.delete(key);
  }

  private claim(name: string, key: string, entry: Entry): void {
    const owner = this.keys.get(name);
    if (owner !== undefined && owner !== key)
      throw this.kind.conflict({ name, known: this.entries.get(owner)!, entry, replaceable: false });
    this.keys.set(name, key);
  }

  private namesOf(key: string, entry: Entry): readonly string[] {
    return this.kind.namesOf?.(key, entry) ?? [key];
  }
}
