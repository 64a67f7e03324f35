import { Logger } from '@nestjs/common';
import { EventMetrics, EventSubscriber, numberAt, TaskerClient, type TaskerEvent } from 'nest-tasker';
import { CheckoutAlerts } from './checkout-alerts.js';
import { watchedCheckout } from './watched-checkout.js';

/** Orders and losses above these are told of, in dollars. */
const HIGH_VALUE_ORDER = 1_000;
const LARGE_LOSS = 500;
/** A step that takes longer is a bottleneck, in seconds. */
const SLOW_SECONDS: Record<string, number> = {
  validate_cart: 2,
  process_payment: 5,
  update_inventory: 3,
  create_order: 2,
  send_confirmation: 4,
};

/** What checkouts mean for the business: conversions, revenue, what was lost, and which steps keep customers waiting. */
@EventSubscriber({
  name: 'business_metrics',
  events: ['task.completed', 'task.failed', 'step.completed', 'step.failed'],
  filter: { namespace: 'blog_examples', name: 'monitored_checkout' },
})
export class BusinessMetricsSubscriber {
  readonly metrics = new EventMetrics();
  private readonly logger = new Logger('BusinessMetrics');

  constructor(
    private readonly client: TaskerClient,
    private readonly alerts: CheckoutAlerts,
  ) {}

  async handleTaskCompleted({ task_id, execution_duration }: TaskerEvent<'task.completed'>): Promise<void> {
    const checkout = await watchedCheckout(this.client, task_id);
    if (!checkout) return;
    const { cart_total: revenue, customer_tier, business_metrics: track } = checkout;
    const labels: Record<string, string> = track.customer_tier_tracking ? { customer_tier } : {};
    if (track.track_conversion) this.metrics.count('checkout_conversions_total', labels);
    if (track.track_revenue) this.metrics.count('revenue_processed', labels, revenue);
    this.logger.log({ event: 'business.checkout.completed', task_id, revenue, customer_tier, execution_duration });
    if (revenue > HIGH_VALUE_ORDER) this.alerts.raise('high_value_order', 'info', { task_id, revenue, customer_tier });
  }

  async handleTaskFailed({ task_id }: TaskerEvent<'task.failed'>): Promise<void> {
    const checkout = await watchedCheckout(this.client, task_id);
    const failed_step = checkout?.failedStep ?? 'validate_cart';
    const labels = { failed_step, ...(checkout?.errorCode ? { error_code: checkout.errorCode } : {}) };
    this.metrics.count('checkout_failures_total', labels);
    const loss = checkout?.cart_total ?? 0;
    this.logger.warn({ event: 'business.checkout.failed', task_id, loss, ...labels });
    if (!checkout) return;
    const { business_metrics: track, monitoring } = checkout;
    if (track.track_revenue) this.metrics.count('revenue_loss', { failed_step }, loss);
    if (loss > LARGE_LOSS) this.alerts.raise('large_loss', 'warning', { task_id, loss, failed_step });
    if (!monitoring.alert_on_failure) return;
    this.alerts.raise('checkout_failed', monitoring.critical_workflow ? 'critical' : 'warning', {
      task_id,
      failed_step,
    });
  }

  handleStepCompleted(event: TaskerEvent<'step.completed'>): void {
    const { step_name, execution_duration, task_id } = event;
    this.metrics.observe('step_execution_duration_seconds', { step_name }, execution_duration);
    const threshold = SLOW_SECONDS[step_name];
    if (threshold !== undefined && execution_duration > threshold) {
      this.logger.warn({
        event: 'business.performance.bottleneck',
        ...{ task_id, step_name, execution_duration, threshold },
      });
      this.metrics.count('slow_steps_total', { step_name });
    }
    if (step_name !== 'process_payment') return;
    this.metrics.count('payments_processed_total', {});
    this.metrics.count('payment_volume', {}, numberAt(event, 'results.amount') ?? 0);
    this.metrics.observe('payment_processing_duration_seconds', {}, execution_duration);
  }

  handleStepFailed({ step_name, task_id, error_code, error_message }: TaskerEvent<'step.failed'>): void {
    if (step_name !== 'update_inventory') return;
    this.logger.warn({ event: 'business.inventory.failure', task_id, error_code, error_message });
  }
}
