import { Injectable } from '@nestjs/common';
import { compareBuild } from 'semver';
import { TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { fullName } from '../core/template.js';
import type { LoadedTemplate } from '../templates/load-templates.js';
import { Registries } from './registries.js';
import { Registry } from './registry.js';
import type { Clash, RegisterOptions, RegistryHealth, RegistryKind, RegistryStats } from './registry-kind.js';
import { VersionIndex, versionKey, type VersionedName } from './version-index.js';

/** What names a template; without a version the highest is meant. */
export type TemplateReference = VersionedName;

const KIND: RegistryKind<LoadedTemplate> = {
  name: 'handlers',
  entityType: 'task_handler',
  category: 'handler',
  entityId: (_key, { template: { namespace, name, version } }) => `${namespace}/${name}/${version}`,
  entityClass: ({ template }) => template.taskHandlerClass ?? 'TaskTemplate',
  optionsOf: ({ template: { namespace, version } }) => ({ namespace_name: namespace, version }),
  relation: (known, { contentHash }) => (known.contentHash === contentHash ? 'same' : 'rival'),
  conflict,
  stats: (entries) => {
    const templates = [...entries.values()].map(({ template }) => template);
    return {
      total_handlers: templates.length,
      namespaces: [...new Set(templates.map(({ namespace }) => namespace))].sort(),
      versions: [...new Set(templates.map(({ version }) => version))].sort(compareBuild),
    };
  },
};

/** The task templates that this process knows, by namespace, name and version. */
@Injectable()
export class TemplateRegistry {
  private readonly registry: Registry<LoadedTemplate>;
  /** Made once for each content of the registry. */
  private indexed: { of: unknown; index: VersionIndex<LoadedTemplate> } | null = null;

  constructor(registries?: Registries) {
    this.registry = registries?.create(KIND) ?? new Registry(KIND);
  }

  /** As `registerAll` of one. */
  register(loaded: LoadedTemplate, options: RegisterOptions = {}): void {
    this.registerAll([loaded], options);
  }

  /**
   * Registers all or, where one is refused, none. One that is known with the same content changes nothing.
   *
   * @throws TaskerError template_conflict for other content under a known version, unless it replaces
   */
  registerAll(loaded: readonly LoadedTemplate[], options: RegisterOptions = {}): void {
    this.registry.registerAll(
      loaded.map((entry) => ({ key: versionKey(entry.template), entry })),
      options,
    );
  }

  /** @returns whether there was one */
  unregister(reference: Required<TemplateReference>): boolean {
    return this.registry.unregister(versionKey(reference));
  }

  /** The template of that version, or of the highest: 0.10.0 is above 0.9.0, and 1.0.0 above 1.0.0-rc.1. */
  get(reference: TemplateReference): LoadedTemplate | undefined {
    return this.index().get(reference);
  }

  has(reference: TemplateReference): boolean {
    return this.get(reference) !== undefined;
  }

  /** ` Did you mean "x"?` for a reference that finds nothing, or nothing where no template is near. */
  suggest({ namespace, name, version }: TemplateReference): string {
    const versions = this.index().of({ namespace, name });
    if (versions.length > 0) {
      const near =
        version === undefined
          ? ''
          : didYouMean(
              version,
              versions.map(({ template }) => template.version),
            );
      return near === '' ? meant(fullName(versions[0]!.template)) : near.replace(/"(.*)"/, `"${namespace}.${name}@$1"`);
    }
    const known = this.index()
      .highest()
      .map(({ template }) => template);
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
    return this.index().list();
  }

  stats(): RegistryStats {
    return this.registry.stats();
  }

  healthCheck(): RegistryHealth {
    return this.registry.healthCheck();
  }

  private index(): VersionIndex<LoadedTemplate> {
    const entries = this.registry.snapshot();
    if (this.indexed?.of !== entries) {
      this.indexed = { of: entries, index: new VersionIndex(entries.values(), ({ template }) => template) };
    }
    return this.indexed.index;
  }
}

const qualified = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}.${name}`;

const meant = (name: string): string => ` Did you mean "${name}"?`;

function conflict({ known, entry }: Clash<LoadedTemplate>): TaskerError {
  return new TaskerError(
    'template_conflict',
    `${fullName(entry.template)} of ${entry.origin} differs from the one of ${known.origin}: raise its version.`,
  );
}
