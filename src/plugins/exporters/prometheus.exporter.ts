import type { ExportData, Exporter, MetricSample } from '../exporter.js';

/** The text format that Prometheus scrapes, and that its node exporter reads from files. */
export class PrometheusExporter implements Exporter {
  readonly format = 'prometheus';
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly kinds = ['metrics'] as const;

  export(data: ExportData): string {
    const families = new Map<string, MetricSample[]>();
    for (const sample of data.what === 'metrics' ? data.metrics : []) {
      const name = sample.name.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
      families.set(name, [...(families.get(name) ?? []), sample]);
    }
    return [...families].map(([name, samples]) => family(name, samples)).join('');
  }
}

function family(name: string, samples: readonly MetricSample[]): string {
  const [{ type, help }] = samples as [MetricSample];
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${number(value)}`);
  return [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`, ...lines]
    .map((line) => `${line}\n`)
    .join('');
}

function labelText(labels: MetricSample['labels']): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}="${value
        .replaceAll('\\', '\\\\')
        .replaceAll('"', '\\"')
        .replaceAll('\n', '\\n')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const number = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
