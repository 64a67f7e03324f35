import { EventMetrics, EventSubscriber, TaskerClient, type TaskerEvent } from 'nest-tasker';
import { CheckoutAlerts } from './checkout-alerts.js';
import { RollingWindow } from './rolling-window.js';
import { watchedCheckout } from './watched-checkout.js';

/** Averages and error rates are over so many of the latest tasks. */
const WINDOW_TASKS = 100;
/** Fewer tasks say nothing about a rate. */
const LEAST_TASKS = 5;
const HIGH_ERROR_PERCENT = 10;

/** A figure that goes up and down. */
export interface Gauge {
  name: 'namespace_avg_execution_seconds' | 'task_error_rate_percent';
  labels: { namespace: string };
  value: number;
}

interface Namespace {
  seconds: RollingWindow;
  /** 1 for each task that failed, 0 for each that completed. */
  failures: RollingWindow;
  isAlerted: boolean;
}

/** How fast and how well tasks run: durations, retries, failures, and whether checkouts keep their promise. */
@EventSubscriber({
  name: 'performance_monitoring',
  events: ['task.completed', 'task.failed', 'step.completed', 'step.failed', 'step.retry_scheduled'],
  filter: { namespace: 'blog_examples' },
})
export class PerformanceMonitoringSubscriber {
  readonly metrics = new EventMetrics();
  private readonly namespaces = new Map<string, Namespace>();

  constructor(
    private readonly client: TaskerClient,
    private readonly alerts: CheckoutAlerts,
  ) {}

  async handleTaskCompleted(event: TaskerEvent<'task.completed'>): Promise<void> {
    this.recordTask(event, 'completed');
    await this.recordCompliance(event);
  }

  handleTaskFailed(event: TaskerEvent<'task.failed'>): void {
    this.recordTask(event, 'failed');
    this.metrics.count('task_failures_total', labelsOf(event));
  }

  handleStepCompleted(event: TaskerEvent<'step.completed'>): void {
    this.metrics.observe('step_execution_duration_seconds', stepLabelsOf(event), event.execution_duration);
  }

  handleStepRetryScheduled(event: TaskerEvent<'step.retry_scheduled'>): void {
    this.metrics.count('step_retries_total', stepLabelsOf(event));
  }

  handleStepFailed(event: TaskerEvent<'step.failed'>): void {
    this.metrics.count('step_failures_total', { ...stepLabelsOf(event), error_class: event.error_class });
  }

  /** The figures of the latest tasks. */
  gauges(): Gauge[] {
    return [...this.namespaces].flatMap(([namespace, { seconds, failures }]) => [
      { name: 'namespace_avg_execution_seconds', labels: { namespace }, value: seconds.mean! } as const,
      { name: 'task_error_rate_percent', labels: { namespace }, value: failures.mean! * 100 } as const,
    ]);
  }

  private recordTask(event: TaskerEvent<'task.completed' | 'task.failed'>, outcome: 'completed' | 'failed'): void {
    const { namespace, execution_duration } = event;
    this.metrics.observe('task_execution_duration_seconds', { ...labelsOf(event), outcome }, execution_duration);
    const figures = this.figuresOf(namespace);
    figures.seconds.add(execution_duration);
    figures.failures.add(outcome === 'failed' ? 1 : 0);
    this.alertOfErrors(namespace, figures);
  }

  /** Told once when the rate rises above the bound, and once when it is back. */
  private alertOfErrors(namespace: string, figures: Namespace): void {
    const { count, mean } = figures.failures;
    const percent = mean! * 100;
    const isHigh = count >= LEAST_TASKS && percent > HIGH_ERROR_PERCENT;
    if (isHigh === figures.isAlerted) return;
    figures.isAlerted = isHigh;
    this.alerts.raise(isHigh ? 'high_error_rate' : 'error_rate_normal', isHigh ? 'critical' : 'info', {
      namespace,
      error_rate_percent: percent,
      tasks: count,
    });
  }

  private async recordCompliance(event: TaskerEvent<'task.completed'>): Promise<void> {
    if (event.task_name !== 'monitored_checkout') return;
    const checkout = await watchedCheckout(this.client, event.task_id);
    if (!checkout) return;
    const { sla_seconds, critical_workflow } = checkout.monitoring;
    const isMet = event.execution_duration <= sla_seconds;
    this.metrics.count('sla_compliance_total', { ...labelsOf(event), met: String(isMet) });
    if (isMet) return;
    const { task_id, execution_duration } = event;
    this.alerts.raise('sla_missed', critical_workflow ? 'critical' : 'warning', {
      ...{ task_id, execution_duration, sla_seconds },
    });
  }

  private figuresOf(namespace: string): Namespace {
    let figures = this.namespaces.get(namespace);
    if (!figures) {
      figures = {
        seconds: new RollingWindow(WINDOW_TASKS),
        failures: new RollingWindow(WINDOW_TASKS),
        isAlerted: false,
      };
      this.namespaces.set(namespace, figures);
    }
    return figures;
  }
}

const labelsOf = ({ namespace, task_name }: { namespace: string; task_name: string }) => ({ namespace, task_name });
const stepLabelsOf = (event: { namespace: string; task_name: string; step_name: string }) => ({
  ...labelsOf(event),
  step_name: event.step_name,
});
