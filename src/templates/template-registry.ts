import { compareBuild } from 'semver';
import { TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { fullName } from '../core/template.js';
import type { LoadedTemplate } from './load-templates.js';

/** What names a template; without a version the highest is meant. */
export interface TemplateReference {
  namespace: string;
  name: string;
  version?: string | undefined;
}

/** The templates that this process knows. A change replaces the whole map, so that a reader never sees half of one. */
export class TemplateRegistry {
  /** By namespace and name; versions highest first. */
  private snapshot: ReadonlyMap<string, readonly LoadedTemplate[]> = new Map();

  /**
   * Adds a template; one that is known already with the same content changes nothing.
   *
   * @param options.replace - another content under the same version takes the place of the first
   * @throws TaskerError template_conflict for other content under a known version, unless it replaces
   */
  add(loaded: LoadedTemplate, { replace = false }: { replace?: boolean } = {}): void {
    const { template } = loaded;
    const versions = this.snapshot.get(keyOf(template)) ?? [];
    const known = versions.find((each) => each.template.version === template.version);
    if (known?.contentHash === loaded.contentHash) return;
    if (known && !replace) {
      throw new TaskerError(
        'template_conflict',
        `${fullName(template)} of ${loaded.origin} differs from the one of ${known.origin}: raise its version.`,
      );
    }
    const others = versions.filter((each) => each !== known);
    const next = [...others, loaded].sort((a, b) => compareBuild(b.template.version, a.template.version));
    this.snapshot = new Map(this.snapshot).set(keyOf(template), next);
  }

  /** The template of that version, or of the highest: 0.10.0 is above 0.9.0, and 1.0.0 above 1.0.0-rc.1. */
  find({ namespace, name, version }: TemplateReference): LoadedTemplate | undefined {
    const versions = this.snapshot.get(keyOf({ namespace, name }));
    return version === undefined ? versions?.[0] : versions?.find(({ template }) => template.version === version);
  }

  /** ` Did you mean "x"?` for a reference that finds nothing, or nothing where no template is near. */
  suggest({ namespace, name, version }: TemplateReference): string {
    const versions = this.snapshot.get(keyOf({ namespace, name }));
    if (versions) {
      const near =
        version === undefined
          ? ''
          : didYouMean(
              version,
              versions.map(({ template }) => template.version),
            );
      return near === '' ? meant(fullName(versions[0]!.template)) : near.replace(/"(.*)"/, `"${namespace}.${name}@$1"`);
    }
    const known = [...this.snapshot.values()].map(([highest]) => highest!.template);
    const elsewhere = known.find((template) => template.name === name);
    if (elsewhere) return meant(qualified(elsewhere));
    const near = didYouMean(
      name,
      known.filter((template) => template.namespace === namespace).map((template) => template.name),
    );
    return near === ''
      ? didYouMean(qualified({ namespace, name }), known.map(qualified))
      : near.replace('"', `"${namespace}.`);
  }

  /** All templates, by namespace and name, the highest version of each first. */
  list(): LoadedTemplate[] {
    return [...this.snapshot].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, versions]) => versions);
  }
}

/** A space cannot be in a name. */
const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace} ${name}`;

const qualified = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}.${name}`;

const meant = (name: string): string => ` Did you mean "${name}"?`;
