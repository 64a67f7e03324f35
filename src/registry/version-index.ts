import { compareBuild } from 'semver';

/** What names something that has versions; without a version the highest is meant. */
export interface VersionedName {
  namespace: string;
  name: string;
  version?: string | undefined;
}

/** Entries by namespace and name, the highest version of each first: 0.10.0 is above 0.9.0, and 1.0.0 above 1.0.0-rc.1. */
export class VersionIndex<Entry> {
  private readonly versions: ReadonlyMap<string, readonly Entry[]>;

  constructor(
    entries: Iterable<Entry>,
    private readonly nameOf: (entry: Entry) => Required<VersionedName>,
  ) {
    const versions = new Map<string, Entry[]>();
    for (const entry of entries) {
      const key = keyOf(nameOf(entry));
      versions.set(key, [...(versions.get(key) ?? []), entry]);
    }
    for (const each of versions.values()) each.sort((a, b) => compareBuild(nameOf(b).version, nameOf(a).version));
    this.versions = new Map([...versions].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  get(wanted: VersionedName): Entry | undefined {
    const versions = this.of(wanted);
    if (wanted.version === undefined) return versions[0];
    return versions.find((entry) => this.nameOf(entry).version === wanted.version);
  }

  /** All versions of a name, the highest first. */
  of(wanted: VersionedName): readonly Entry[] {
    return this.versions.get(keyOf(wanted)) ?? [];
  }

  /** The highest of each name. */
  highest(): Entry[] {
    return [...this.versions.values()].map(([entry]) => entry!);
  }

  /** All, by namespace and name, the highest version of each first. */
  list(): Entry[] {
    return [...this.versions.values()].flat();
  }
}

/** A space cannot be in a name. */
const keyOf = ({ namespace, name }: VersionedName): string => `${namespace} ${name}`;

/** Under which a version of something is registered. */
export const versionKey = ({ namespace, name, version }: Required<VersionedName>): string =>
  `${namespace} ${name} ${version}`;
