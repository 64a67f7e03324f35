import { Injectable } from '@nestjs/common';
import type { CounterSnapshot, Labels, Metrics, MetricsSnapshot, ObservationSnapshot } from './metrics.js';

/** Of all names together. */
const MOST_SERIES = 10_000;

/** Figures of this process, in memory since its start. */
@Injectable()
export class EventMetrics implements Metrics {
  private readonly counters = new Map<string, CounterSnapshot>();
  private readonly observations = new Map<string, ObservationSnapshot>();
  private dropped = 0;

  count(name: string, labels: Labels, by = 1): void {
    const counter = this.seriesOf(this.counters, name, labels, { name, labels, value: 0 });
    if (counter) counter.value += by;
  }

  observe(name: string, labels: Labels, value: number): void {
    const fresh = { name, labels, count: 0, sum: 0, min: Infinity, max: -Infinity };
    const series = this.seriesOf(this.observations, name, labels, fresh);
    if (!series) return;
    series.count++;
    series.sum += value;
    series.min = Math.min(series.min, value);
    series.max = Math.max(series.max, value);
  }

  /** All figures as they are now. */
  snapshot(): MetricsSnapshot {
    return {
      counters: [...this.counters.values()].map((counter) => ({ ...counter })),
      observations: [...this.observations.values()].map((observation) => ({ ...observation })),
      dropped: this.dropped,
    };
  }

  /** A counter's value; 0 where it was never counted. */
  counterOf(name: string, labels: Labels): number {
    return this.counters.get(keyOf(name, labels))?.value ?? 0;
  }

  private seriesOf<T>(all: Map<string, T>, name: string, labels: Labels, fresh: T): T | null {
    const key = keyOf(name, labels);
    const known = all.get(key);
    if (known) return known;
    if (this.counters.size + this.observations.size >= MOST_SERIES) {
      this.dropped++;
      return null;
    }
    all.set(key, fresh);
    return fresh;
  }
}

const keyOf = (name: string, labels: Labels): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
