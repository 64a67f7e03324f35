export const METRIC_TYPES = ['counter', 'gauge', 'histogram', 'summary'] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** Words that a figure is told apart by. No ids: their number would grow without end. */
export type MetricLabels = Readonly<Record<string, string>>;

/** One observation of those in a bucket, and the trace that it was made in. */
export interface Exemplar {
  traceId: string;
  spanId: string;
  value: number;
  /** Seconds since 1970. */
  at: number;
}

/** One value of a metric at one moment. */
export interface MetricSample {
  /** `tasker_…`, with its unit: letters, digits and `_`. Of counters with `_total`; of histograms with `_bucket`, `_sum` or `_count`. */
  name: string;
  /** What all samples of one histogram, or summary, have in common. @default the name */
  family?: string;
  /** A counter only ever grows while the process runs. */
  type: MetricType;
  help: string;
  /** Last part of the family's name, where that says a unit. @default none */
  unit?: string;
  labels: MetricLabels;
  value: number;
  /** Of buckets alone. */
  exemplar?: Exemplar;
}
