import { Injectable, Logger } from '@nestjs/common';
import { TemplateMetrics } from '../metrics/template-metrics.js';
import { AlertStore } from '../persistence/stores/alert.store.js';
import type { MetricSum } from '../persistence/stores/alerts.js';
import type { DeclaredAlert } from './declared-alert.js';

/**
 * Adds up what this process records of the metrics that alerts ask for, so that what all processes have recorded can be
 * asked for. What was not stored yet when a process dies is lost.
 */
@Injectable()
export class MetricValues {
  private readonly logger = new Logger('tasker.alerts');
  /** By template and metric; null of what nothing was recorded of since it was last stored. */
  private readonly sums = new Map<string, MetricSum | null>();

  constructor(
    private readonly metrics: TemplateMetrics,
    private readonly store: AlertStore,
  ) {}

  /** Adds up from now on what these ask for. Where they ask for nothing, nothing is listened to. */
  watch(alerts: readonly DeclaredAlert[]): void {
    for (const { namespace, template, names } of alerts) {
      for (const named of names.values()) {
        if (named.kind === 'metric') this.sums.set(keyOf(namespace!, template!, named.metric), null);
      }
    }
    if (this.sums.size > 0) this.metrics.onRecord((template, metric, value) => this.add(template, metric, value));
  }

  /** Never rejects: what could not be stored is stored with what follows. */
  async save(): Promise<void> {
    const sums = [...this.sums].flatMap(([key, sum]) => (sum === null ? [] : [{ key, sum }]));
    if (sums.length === 0) return;
    for (const { key } of sums) this.sums.set(key, null);
    try {
      await this.store.recordMetrics(sums.map(({ sum }) => sum));
    } catch (error) {
      for (const { sum } of sums) this.addSum(sum);
      this.logger.warn(`What alerts ask of metrics cannot be stored, trying again: ${String(error)}`);
    }
  }

  private add({ namespace, name }: { namespace: string; name: string }, metric: string, value: number): void {
    if (this.sums.has(keyOf(namespace, name, metric))) {
      this.addSum({ namespace, template: name, metric, count: 1, sum: value });
    }
  }

  private addSum(sum: MetricSum): void {
    const key = keyOf(sum.namespace, sum.template, sum.metric);
    const known = this.sums.get(key);
    this.sums.set(key, known ? { ...known, count: known.count + sum.count, sum: known.sum + sum.sum } : sum);
  }
}

const keyOf = (namespace: string, template: string, metric: string): string =>
  JSON.stringify([namespace, template, metric]);
