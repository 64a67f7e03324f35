import { Injectable } from '@nestjs/common';
import * as families from '../../metrics/families.js';
import { Instruments } from '../../metrics/instruments.js';
import { FiguresStore, type QueueFigures } from '../stores/figures.store.js';
import { SubscriptionStore } from '../stores/subscription.store.js';

/** What waits and who works is asked for once in this time, however many scrape; what reads rows more seldom. */
const QUEUE_FRESH_MS = 2_000;
const STEPS_FRESH_MS = 10_000;

const NONE: readonly [Record<never, string>, number][] = [];

/** What waits in the database, and who reads its audit. Every process that is scraped tells the same of it. */
@Injectable()
export class QueueMetrics {
  constructor(
    private readonly instruments: Instruments,
    figures: FiguresStore,
    subscriptions: SubscriptionStore,
  ) {
    const sayQueue = this.queue();
    instruments.probe({ name: 'queue', freshMs: QUEUE_FRESH_MS, ask: () => figures.queue(), say: sayQueue });
    const steps = instruments.gauge(families.STEPS);
    instruments.probe({
      name: 'steps',
      freshMs: STEPS_FRESH_MS,
      ask: () => figures.steps(),
      say: (counts) => steps.replace(Object.entries(counts ?? {}).map(([state, count]) => [{ state }, count])),
    });
    const lagRows = instruments.gauge(families.SUBSCRIPTION_LAG_ROWS);
    const lagSeconds = instruments.gauge(families.SUBSCRIPTION_LAG_SECONDS);
    const parked = instruments.gauge(families.SUBSCRIPTION_PARKED);
    instruments.probe({
      name: 'subscriptions',
      freshMs: QUEUE_FRESH_MS,
      ask: () => subscriptions.figures(),
      say: (found) => {
        const all = (found ?? []).map((each) => ({ labels: { subscription: each.name }, ...each }));
        lagRows.replace(all.map(({ labels, lagRows: rows }) => [labels, rows]));
        lagSeconds.replace(all.map(({ labels, lagSeconds: seconds }) => [labels, seconds]));
        parked.replace(all.map(({ labels, parked: count }) => [labels, count]));
      },
    });
  }

  private queue(): (figures: QueueFigures | null) => void {
    const gauges = {
      claimable: this.instruments.gauge(families.STEPS_CLAIMABLE),
      due: this.instruments.gauge(families.STEPS_DUE_LATER),
      gated: this.instruments.gauge(families.STEPS_GATED),
      oldestClaimableSeconds: this.instruments.gauge(families.OLDEST_CLAIMABLE),
      slots: this.instruments.gauge(families.CLUSTER_SLOTS),
    };
    const byState = {
      tasks: this.instruments.gauge(families.TASKS),
      workers: this.instruments.gauge(families.WORKERS),
      circuits: this.instruments.gauge(families.CIRCUITS),
    };
    return (figures) => {
      for (const [what, gauge] of Object.entries(gauges)) {
        gauge.replace(figures ? [[{}, figures[what as keyof typeof gauges]]] : NONE);
      }
      for (const [what, gauge] of Object.entries(byState)) {
        const counts = figures?.[what as keyof typeof byState] ?? {};
        gauge.replace(Object.entries(counts).map(([state, count]) => [{ state }, count]));
      }
    };
  }
}
