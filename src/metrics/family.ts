import { LabelSets } from './label-sets.js';
import type { MetricLabels, MetricSample, MetricType } from './metric-sample.js';
import { Counter, Gauge, Histogram, type Mirror } from './series.js';

/** What a figure is called, what it says, and what it is told apart by. */
export interface FamilyDefinition<L extends string = string> {
  /** `tasker_…`, ending in its unit; of counters without `_total`, which their samples have. */
  name: string;
  help: string;
  /** Last part of the name; null for a number of things. */
  unit: 'seconds' | 'ratio' | 'rows' | null;
  labels: readonly L[];
}

export interface HistogramDefinition<L extends string = string> extends FamilyDefinition<L> {
  /** Upper bounds of the buckets, ascending, in the unit. */
  buckets: readonly number[];
}

type Labels<L extends string> = Readonly<Record<L, string>>;

interface FamilyOf<L extends string, Series> {
  readonly definition: FamilyDefinition<L>;
  with(labels: Labels<L>): Series;
  samples(): MetricSample[];
}

export class CounterFamily<L extends string = string> implements FamilyOf<L, Counter> {
  readonly type = 'counter';
  private readonly sets = new LabelSets((labels) => new Counter(labels));

  constructor(readonly definition: FamilyDefinition<L>) {}

  with(labels: Labels<L>): Counter {
    return this.sets.with(labels);
  }

  samples(): MetricSample[] {
    const { name } = this.definition;
    const facts = { ...factsOf(this), family: name, name: `${name}_total` };
    return this.sets.list().map(({ labels, value }) => ({ ...facts, labels, value }));
  }
}

export class GaugeFamily<L extends string = string> implements FamilyOf<L, Gauge> {
  readonly type = 'gauge';
  private readonly sets = new LabelSets((labels) => new Gauge(labels));

  constructor(readonly definition: FamilyDefinition<L>) {}

  with(labels: Labels<L>): Gauge {
    return this.sets.with(labels);
  }

  /** All that it says from now on: what is not among these is not so any more. */
  replace(values: Iterable<readonly [Labels<L>, number]>): void {
    this.sets.clear();
    for (const [labels, value] of values) this.sets.with(labels).set(value);
  }

  samples(): MetricSample[] {
    const facts = { ...factsOf(this), name: this.definition.name };
    return this.sets.list().map(({ labels, value }) => ({ ...facts, labels, value }));
  }
}

export class HistogramFamily<L extends string = string> implements FamilyOf<L, Histogram> {
  readonly type = 'histogram';
  private mirror: Mirror | null = null;
  private readonly sets = new LabelSets((labels) => this.make(labels, this.definition.buckets));

  constructor(readonly definition: HistogramDefinition<L>) {}

  /** @param buckets - of a series that is not as the others; they count where it is asked for first */
  with(labels: Labels<L>, buckets: readonly number[] = this.definition.buckets): Histogram {
    return this.sets.with(labels, () => this.make(labels, buckets));
  }

  /** Has every value recorded there as well; null for no more. */
  mirrorTo(mirror: Mirror | null): void {
    this.mirror = mirror;
    for (const histogram of this.sets.list()) histogram.mirror = mirror;
  }

  samples(): MetricSample[] {
    return this.sets.list().flatMap((histogram) => this.samplesOf(histogram));
  }

  private make(labels: MetricLabels, buckets: readonly number[]): Histogram {
    const histogram = new Histogram(labels, buckets);
    histogram.mirror = this.mirror;
    return histogram;
  }

  private samplesOf({ labels, bounds, counts, exemplars, sum }: Histogram): MetricSample[] {
    const { name } = this.definition;
    const sample = (suffix: string, value: number, more: MetricLabels = {}): MetricSample => ({
      ...factsOf(this),
      family: name,
      name: `${name}_${suffix}`,
      labels: { ...labels, ...more },
      value,
    });
    let count = 0;
    const buckets = [...bounds, Infinity].map((bound, n) => {
      const le = bound === Infinity ? '+Inf' : String(bound);
      const bucket = sample('bucket', (count += counts[n]!), { le });
      return exemplars[n] ? { ...bucket, exemplar: exemplars[n] } : bucket;
    });
    return [...buckets, sample('sum', sum), sample('count', count)];
  }
}

export type Family = CounterFamily | GaugeFamily | HistogramFamily;

const factsOf = ({ type, definition: { help, unit } }: { type: MetricType; definition: FamilyDefinition }) => ({
  type,
  help,
  ...(unit === null ? {} : { unit }),
});
