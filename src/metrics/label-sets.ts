import type { MetricLabels } from './metric-sample.js';

/** Of one family. What a handler makes up (categories of errors, labels) must not fill the memory, nor the database of who scrapes. */
export const MOST_LABEL_SETS = 2_000;
/** What stands in every label of the one series that takes the rest. */
export const OTHER = 'other';

/** The series of one family by their labels. Beyond the most, what comes new is counted together: sums stay right. */
export class LabelSets<Series> {
  private readonly series = new Map<string, Series>();
  private rest: Series | null = null;

  constructor(
    private readonly make: (labels: MetricLabels) => Series,
    private readonly most = MOST_LABEL_SETS,
  ) {}

  /** @param make - of a series that is not made as the others */
  with(labels: MetricLabels, make: () => Series = () => this.make(labels)): Series {
    const key = keyOf(labels);
    const known = this.series.get(key);
    if (known) return known;
    if (this.series.size >= this.most) return (this.rest ??= this.make(others(labels)));
    const made = make();
    this.series.set(key, made);
    return made;
  }

  list(): Series[] {
    return [...this.series.values(), ...(this.rest ? [this.rest] : [])];
  }

  clear(): void {
    this.series.clear();
    this.rest = null;
  }
}

const keyOf = (labels: MetricLabels): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

const others = (labels: MetricLabels): MetricLabels =>
  Object.fromEntries(Object.keys(labels).map((label) => [label, OTHER]));
