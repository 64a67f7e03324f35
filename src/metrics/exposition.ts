import type { MetricLabels, MetricSample } from './metric-sample.js';

export const TEXT_FORMATS = ['prometheus', 'openmetrics'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** Media types of what `expose` writes. */
export const CONTENT_TYPES: Record<TextFormat, string> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * Writes samples as Prometheus scrapes them: the text format 0.0.4, or OpenMetrics 1.0, which has units and exemplars too.
 * Samples of a family are written together, in the order in which they are given.
 */
export function expose(samples: readonly MetricSample[], format: TextFormat): string {
  const families = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const name = familyName(sample);
    const known = families.get(name);
    if (known) known.push(sample);
    else families.set(name, [sample]);
  }
  const text = [...families].map(([name, members]) => family(name, members, format)).join('');
  return format === 'openmetrics' ? `${text}# EOF\n` : text;
}

function family(name: string, samples: readonly MetricSample[], format: TextFormat): string {
  const [{ type, help, unit }] = samples as [MetricSample];
  // the older format knows counters by the names of their samples
  const said = type === 'counter' && format === 'prometheus' ? `${name}_total` : name;
  const lines = [
    `# HELP ${said} ${escaped(help, format === 'openmetrics')}`,
    `# TYPE ${said} ${type}`,
    ...(format === 'openmetrics' && unit !== undefined ? [`# UNIT ${said} ${unit}`] : []),
    ...samples.map((sample) => line(name, sample, format)),
  ];
  return `${lines.join('\n')}\n`;
}

function line(family: string, { name, type, labels, value, exemplar }: MetricSample, format: TextFormat): string {
  const isOpen = format === 'openmetrics';
  const said = type === 'counter' ? `${family}_total` : safeName(name);
  const shown =
    isOpen && type === 'histogram' && labels.le !== undefined ? { ...labels, le: bound(labels.le) } : labels;
  const text = `${said}${labelText(shown)} ${number(value)}`;
  if (!isOpen || exemplar === undefined) return text;
  const { traceId, spanId, value: exemplary, at } = exemplar;
  return `${text} # ${labelText({ trace_id: traceId, span_id: spanId })} ${number(exemplary)} ${at.toFixed(3)}`;
}

function labelText(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_')}="${escaped(value, true)}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function familyName({ name, family = name, type }: MetricSample): string {
  const safe = safeName(family);
  return type === 'counter' ? safe.replace(/_total$/, '') : safe;
}

const safeName = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');

/** Quotation marks in help are escaped by OpenMetrics alone. */
function escaped(text: string, quotes: boolean): string {
  const escape = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quotes ? escape.replaceAll('"', '\\"') : escape;
}

/** OpenMetrics writes bounds as numbers with a point. */
const bound = (le: string): string => (/^-?\d+$/.test(le) ? `${le}.0` : le);

const number = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
