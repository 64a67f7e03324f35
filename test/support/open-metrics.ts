/** A metric as it is exposed: what its family says of itself, and its points by name and labels. */
export interface ExposedFamily {
  type: string;
  help: string;
  unit: string | null;
  points: ExposedPoint[];
}

export interface ExposedPoint {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar: { labels: Record<string, string>; value: number; timestamp: number | null } | null;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;
const NUMBER = String.raw`[+-]?(?:Inf|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|NaN`;
const SUFFIXES: Record<string, readonly string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
};

/**
 * Reads OpenMetrics 1.0 by the book: families whole and once, metadata before points, units that end names, counters that do
 * not fall below zero, buckets that add up.
 *
 * @throws Error naming the line, and what is wrong with it
 */
export function readOpenMetrics(text: string): Map<string, ExposedFamily> {
  if (!text.endsWith('\n# EOF\n') && text !== '# EOF\n') throw new Error('the last line must be # EOF');
  const reader = new Reader('openmetrics');
  text
    .slice(0, -'# EOF\n'.length)
    .split('\n')
    .slice(0, -1)
    .forEach((line, n) => reader.read(line, n + 1));
  return reader.end();
}

/** The same of Prometheus' text format 0.0.4. */
export function readPrometheus(text: string): Map<string, ExposedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line must end');
  const reader = new Reader('prometheus');
  text
    .split('\n')
    .slice(0, -1)
    .forEach((line, n) => reader.read(line, n + 1));
  return reader.end();
}

class Reader {
  private readonly families = new Map<string, ExposedFamily>();
  private current: { name: string; family: ExposedFamily } | null = null;

  constructor(private readonly format: 'openmetrics' | 'prometheus') {}

  read(line: string, n: number): void {
    const wrong = (what: string): Error => new Error(`line ${n}: ${what}: ${line}`);
    if (line === '') throw wrong('empty');
    if (line.startsWith('#')) this.readMetadata(line, wrong);
    else this.readPoint(line, wrong);
  }

  end(): Map<string, ExposedFamily> {
    for (const [name, family] of this.families) {
      if (family.points.length === 0) throw new Error(`${name} has metadata and no points`);
      const keys = family.points.map(({ name: point, labels }) =>
        JSON.stringify([point, Object.entries(labels).sort()]),
      );
      if (new Set(keys).size < keys.length) throw new Error(`${name} has a point twice`);
      if (family.type === 'histogram') checkBuckets(name, family.points);
    }
    return this.families;
  }

  private readMetadata(line: string, wrong: (what: string) => Error): void {
    const [, kind, name, rest = ''] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (!kind || !name) throw wrong('no metadata');
    if (NAME.exec(name)?.[0] !== name) throw wrong('no name of a metric');
    if (this.current?.name !== name) {
      if (this.families.has(name)) throw wrong('a family in two places');
      this.current = { name, family: { type: '', help: '', unit: null, points: [] } };
      this.families.set(name, this.current.family);
    }
    const { family } = this.current;
    if (family.points.length > 0) throw wrong('metadata after points');
    if (kind === 'HELP') family.help = rest;
    if (kind === 'TYPE') {
      if (!SUFFIXES[rest]) throw wrong('no such type');
      if (this.format === 'openmetrics' && rest === 'counter' && name.endsWith('_total'))
        throw wrong('_total in the name');
      family.type = rest;
    }
    if (kind === 'UNIT') {
      if (this.format !== 'openmetrics') throw wrong('units are of OpenMetrics');
      if (!name.endsWith(`_${rest}`)) throw wrong('the name must end in the unit');
      family.unit = rest;
    }
  }

  private readPoint(line: string, wrong: (what: string) => Error): void {
    const name = NAME.exec(line)?.[0];
    if (!name) throw wrong('no name');
    const { labels, rest } = readLabels(line.slice(name.length), wrong);
    const pattern = new RegExp(`^ (${NUMBER})(?: # (\\{.*\\}) (${NUMBER})(?: (\\d+(?:\\.\\d+)?))?)?$`);
    const [found, value, exemplary, exemplaryValue, timestamp] = pattern.exec(rest) ?? [];
    if (found === undefined) throw wrong('no value');
    const { name: family, family: into } = this.current ?? { name: '', family: null };
    if (!into) throw wrong('a point before any metadata');
    const suffix = name.slice(family.length);
    const base = this.format === 'prometheus' && into.type === 'counter' ? [''] : SUFFIXES[into.type];
    if (!name.startsWith(family) || !base?.includes(suffix)) throw wrong(`no point of ${family}, a ${into.type}`);
    if (into.type === 'counter' && numberOf(value!) < 0) throw wrong('a counter below zero');
    if (exemplary !== undefined) {
      if (this.format !== 'openmetrics') throw wrong('exemplars are of OpenMetrics');
      if (!['_bucket', '_total'].includes(suffix)) throw wrong('exemplars are of buckets and counters');
    }
    const exemplar = exemplary === undefined ? null : readLabels(exemplary, wrong).labels;
    if (exemplar && JSON.stringify(exemplar).length > 160) throw wrong('an exemplar of more than 128 characters');
    into.points.push({
      name,
      labels,
      value: numberOf(value!),
      exemplar: exemplar && {
        labels: exemplar,
        value: numberOf(exemplaryValue!),
        timestamp: timestamp === undefined ? null : Number(timestamp),
      },
    });
  }
}

function readLabels(text: string, wrong: (what: string) => Error): { labels: Record<string, string>; rest: string } {
  if (!text.startsWith('{')) return { labels: {}, rest: text };
  const labels: Record<string, string> = {};
  let rest = text.slice(1);
  while (!rest.startsWith('}')) {
    const [whole, label, value] = LABEL.exec(rest) ?? [];
    if (whole === undefined) throw wrong('no label');
    if (labels[label!] !== undefined) throw wrong('a label twice');
    labels[label!] = value!.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
    if (rest.startsWith(',')) rest = rest.slice(1);
    else if (!rest.startsWith('}')) throw wrong('labels without a comma');
  }
  return { labels, rest: rest.slice(1) };
}

function checkBuckets(name: string, points: readonly ExposedPoint[]): void {
  const series = new Map<string, ExposedPoint[]>();
  for (const point of points) {
    const labels = Object.entries(point.labels).filter(([label]) => label !== 'le');
    const key = JSON.stringify(labels.sort());
    series.set(key, [...(series.get(key) ?? []), point]);
  }
  for (const [key, members] of series) {
    const buckets = members.filter((point) => point.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => numberOf(labels.le!));
    const counts = buckets.map(({ value }) => value);
    const isRising = (values: readonly number[], strictly: boolean): boolean =>
      values.every((value, n) => n === 0 || (strictly ? value > values[n - 1]! : value >= values[n - 1]!));
    if (!isRising(bounds, true) || bounds.at(-1) !== Infinity)
      throw new Error(`${name} ${key}: bounds ${bounds.join()}`);
    if (!isRising(counts, false)) throw new Error(`${name} ${key}: buckets ${counts.join()} are not cumulative`);
    const count = members.find((point) => point.name === `${name}_count`)?.value;
    if (count !== counts.at(-1))
      throw new Error(`${name} ${key}: ${counts.at(-1)} in buckets, and a count of ${count}`);
    if (!members.some((point) => point.name === `${name}_sum`)) throw new Error(`${name} ${key}: no sum`);
    buckets.forEach(({ exemplar }, n) => {
      const below = n === 0 ? -Infinity : bounds[n - 1]!;
      if (exemplar && !(exemplar.value <= bounds[n]! && exemplar.value > below)) {
        throw new Error(`${name} ${key}: an exemplar of ${exemplar.value} in the bucket up to ${bounds[n]}`);
      }
    });
  }
}

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'));
