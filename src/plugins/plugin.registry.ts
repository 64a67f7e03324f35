import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { classNameOf } from '../registry/interface-contract.js';
import { Registries } from '../registry/registries.js';
import type { Registry } from '../registry/registry.js';
import type { RegisterOptions, RegistryHealth, RegistryKind, RegistryStats } from '../registry/registry-kind.js';
import { EXPORT_KINDS, type ExportKind, type Exporter } from './exporter.js';
import { CsvExporter } from './exporters/csv.exporter.js';
import { JsonExporter } from './exporters/json.exporter.js';
import { PrometheusExporter } from './exporters/prometheus.exporter.js';

const KIND: RegistryKind<Exporter> = {
  name: 'plugins',
  entityType: 'telemetry_plugin',
  category: 'plugin',
  contract: {
    what: 'Plugin',
    required: ['export'],
    implementation: (exporter) => exporter,
    suggestion: () => 'Implement Exporter: format, contentType and export(data).',
  },
  entityClass: classNameOf,
  optionsOf: ({ format }) => ({ format }),
  relation: (known, exporter) => (known === exporter ? 'same' : 'rival'),
  conflict: ({ name, known, entry }) =>
    new TaskerError(
      'handler_conflict',
      `Two plugins export "${name}": ${classNameOf(known)} and ${classNameOf(entry)}. ` +
        `Give one of them another format, or register it with { replace: true }.`,
    ),
  stats: (entries) => ({ total_plugins: entries.size, supported_formats: [...entries.keys()].sort() }),
};

const FORMAT = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/** The exporters of this process by their formats: `json`, `csv`, `prometheus`, and what the application adds. */
@Injectable()
export class PluginRegistry {
  private readonly registry: Registry<Exporter>;

  constructor(registries: Registries) {
    this.registry = registries.create(KIND);
    const shipped = [new JsonExporter(), new CsvExporter(), new PrometheusExporter()];
    this.registry.registerAll(shipped.map((entry) => ({ key: entry.format, entry })));
  }

  /** @throws ValidationError without `export`; TaskerError `handler_conflict` where the format is taken */
  register(exporter: Exporter, options: RegisterOptions = {}): void {
    const given = exporter as Partial<Exporter> | null | undefined;
    const { format, contentType } = given ?? {};
    const kinds: unknown = given?.kinds ?? EXPORT_KINDS;
    const refuse = (what: string): TaskerError =>
      new TaskerError('handler_invalid', `The plugin ${classNameOf(exporter)} ${what}`);
    if (typeof format !== 'string' || !FORMAT.test(format)) {
      throw refuse(`needs a format of lower-case letters, digits and _ - ., but has ${JSON.stringify(format)}.`);
    }
    if (typeof contentType !== 'string' || contentType === '') throw refuse('needs the contentType of what it writes.');
    if (
      !Array.isArray(kinds) ||
      kinds.length === 0 ||
      !kinds.every((kind) => EXPORT_KINDS.includes(kind as ExportKind))
    ) {
      throw refuse(`has kinds other than ${EXPORT_KINDS.join(', ')}.`);
    }
    this.registry.register(format, exporter, options);
  }

  /** @returns whether there was one */
  unregister(format: string): boolean {
    return this.registry.unregister(format);
  }

  get(format: string): Exporter | undefined {
    return this.registry.get(format);
  }

  /** @throws TaskerError `request_invalid` where there is none, or it does not write this */
  exporterOf(format: string, what: ExportKind): Exporter {
    const exporter = this.registry.get(format);
    if (!exporter) {
      const known = this.formats();
      const hint = didYouMean(format, known) || ` There are ${known.join(', ')}.`;
      const message = `There is no exporter for the format ${JSON.stringify(format)}.${hint}`;
      throw new TaskerError('request_invalid', message, [{ path: 'format', message }]);
    }
    if ((exporter.kinds ?? EXPORT_KINDS).includes(what)) return exporter;
    const others = this.list().filter(({ kinds = EXPORT_KINDS }) => kinds.includes(what));
    const message = `The format "${format}" has no ${what}: choose ${others.map((other) => other.format).join(', ')}.`;
    throw new TaskerError('request_invalid', message, [{ path: 'format', message }]);
  }

  has(format: string): boolean {
    return this.registry.has(format);
  }

  formats(): string[] {
    return this.registry.names().sort();
  }

  list(): Exporter[] {
    return this.registry.list();
  }

  stats(): RegistryStats {
    return this.registry.stats();
  }

  healthCheck(): RegistryHealth {
    return this.registry.healthCheck();
  }
}
