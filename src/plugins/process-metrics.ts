import { Injectable } from '@nestjs/common';
import { FiguresStore, type Figures } from '../persistence/stores/figures.store.js';
import { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import type { SubscriptionFigures } from '../persistence/stores/subscriptions.js';
import { Registries } from '../registry/registries.js';
import { EventMetrics } from '../subscribers/metrics/event-metrics.js';
import type { MetricSample } from './exporter.js';

const gauge = (name: string, help: string, value: number, labels: MetricSample['labels'] = {}): MetricSample => ({
  ...{ name, type: 'gauge', help, labels },
  value,
});

/** What there is to measure: what is under way in all processes, what this one has registered, and what it has counted of events. */
@Injectable()
export class ProcessMetrics {
  constructor(
    private readonly figures: FiguresStore,
    private readonly subscriptions: SubscriptionStore,
    private readonly registries: Registries,
    private readonly events: EventMetrics,
  ) {}

  async collect(): Promise<MetricSample[]> {
    const [figures, subscriptions] = await Promise.all([this.figures.read(), this.subscriptions.figures()]);
    return [...ofFigures(figures), ...ofSubscriptions(subscriptions), ...this.ofRegistries(), ...this.ofEvents()];
  }

  private ofRegistries(): MetricSample[] {
    return this.registries
      .names()
      .sort()
      .map((name) => {
        const { total } = this.registries.get(name)!.stats();
        return gauge('tasker_registry_entries', 'Entries of a registry of this process', total, { registry: name });
      });
  }

  private ofEvents(): MetricSample[] {
    const { counters, observations } = this.events.snapshot();
    const counter = (name: string, help: string, labels: MetricSample['labels'], value: number): MetricSample => ({
      ...{ name, type: 'counter', help, labels },
      value,
    });
    return [
      ...counters.map(({ name, labels, value }) => counter(name, 'Counted by a subscriber', labels, value)),
      ...observations.map(({ name, labels, count }) =>
        counter(`${name}_count`, 'How many were observed', labels, count),
      ),
      ...observations.map(({ name, labels, sum }) => counter(`${name}_sum`, 'Sum of what was observed', labels, sum)),
    ];
  }
}

const ofFigures = (figures: Figures): MetricSample[] => [
  gauge('tasker_tasks', 'Tasks under way', figures.tasksInProgress, { state: 'in_progress' }),
  ...Object.entries(figures.steps)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, count]) => gauge('tasker_steps', 'Steps of the tasks under way', count, { state })),
  gauge('tasker_steps_claimable', 'Steps that a worker may take now', figures.claimable),
  gauge('tasker_steps_due_later', 'Steps that wait for their time', figures.due),
  gauge('tasker_oldest_claimable_seconds', 'How long the oldest of them has waited', figures.oldestClaimableSeconds),
  gauge('tasker_workers', 'Workers that live', figures.workers),
  gauge('tasker_worker_slots', 'Steps that the live workers can run at once', figures.slots),
];

const ofSubscriptions = (figures: readonly SubscriptionFigures[]): MetricSample[] => [
  ...figures.map(({ name, lagRows }) =>
    gauge('tasker_subscription_lag_rows', 'Rows of the audit that it has not read', lagRows, { subscription: name }),
  ),
  ...figures.map(({ name, lagSeconds }) =>
    gauge('tasker_subscription_lag_seconds', 'Age of the oldest of them', lagSeconds, { subscription: name }),
  ),
];
