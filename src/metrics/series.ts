import type { Histogram as OtherHistogram } from '@opentelemetry/api';
import type { Exemplar, MetricLabels } from './metric-sample.js';

/** Where the values of a histogram go as well. */
export type Mirror = Pick<OtherHistogram, 'record'>;

/** A trace shows up in a bucket this often at most, in milliseconds. */
const EXEMPLAR_EVERY_MS = 1_000;

/** What has happened so often, or so much, since the process started. */
export class Counter {
  value = 0;

  constructor(readonly labels: MetricLabels) {}

  add(by = 1): void {
    this.value += by;
  }
}

export class Gauge {
  value = 0;

  constructor(readonly labels: MetricLabels) {}

  set(value: number): void {
    this.value = value;
  }
}

/** Values by their size. To record one costs some tens of nanoseconds and, without a trace, no memory. */
export class Histogram {
  /** One more than there are bounds: the last is of what lies above them all. Not cumulative. */
  readonly counts: Float64Array;
  readonly exemplars: (Exemplar | undefined)[] = [];
  sum = 0;
  mirror: Mirror | null = null;

  constructor(
    readonly labels: MetricLabels,
    readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** @param traceparent - W3C trace context; one that was not sampled leaves no exemplar */
  record(value: number, traceparent: string | null = null): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.counts[bucket]! += 1;
    this.sum += value;
    if (traceparent !== null && isSampled(traceparent)) this.exemplify(bucket, value, traceparent);
    if (this.mirror !== null) this.mirror.record(value, this.labels);
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private exemplify(bucket: number, value: number, traceparent: string): void {
    const now = Date.now();
    const last = this.exemplars[bucket];
    if (last && now - last.at * 1000 < EXEMPLAR_EVERY_MS) return;
    this.exemplars[bucket] = {
      traceId: traceparent.slice(3, 35),
      spanId: traceparent.slice(36, 52),
      value,
      at: now / 1000,
    };
  }
}

/** `00-<32 digits>-<16 digits>-<flags>`, of which the last bit says that the trace is recorded. */
const isSampled = (traceparent: string): boolean => (parseInt(traceparent.slice(53, 55), 16) & 1) === 1;
