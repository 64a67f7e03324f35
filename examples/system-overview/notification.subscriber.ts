import { EventSubscriber, safeGet, type DeliveryAttempt, type TaskerEvent } from 'nest-tasker';
import { NotificationCenter, type Notification } from './notification-center.service.js';

/**
 * Tells people what became of their tasks. It is delivered durably: after a crash it goes on where it was, and what the
 * notification center does not take is offered again, under the same key.
 */
@EventSubscriber({
  events: ['task.completed', 'task.failed', 'step.failed'],
  filter: { name: 'api_task/integration_yaml_example' },
  delivery: 'durable',
})
export class NotificationSubscriber {
  constructor(private readonly center: NotificationCenter) {}

  async handleTaskCompleted(event: TaskerEvent<'task.completed'>, attempt: DeliveryAttempt): Promise<void> {
    await this.send('success_email', event.task_id, `${event.task_name} is complete`, attempt);
  }

  async handleTaskFailed(event: TaskerEvent<'task.failed'>, attempt: DeliveryAttempt): Promise<void> {
    const reason = safeGet(event, 'error_message', 'Unknown error');
    await this.send('failure_alert', event.task_id, `${event.task_name} has failed: ${reason}`, attempt);
  }

  async handleStepFailed(event: TaskerEvent<'step.failed'>, attempt: DeliveryAttempt): Promise<void> {
    const text = `${event.step_name} has failed with ${safeGet(event, 'error_code', 'no code')}`;
    await this.send('step_alert', event.task_id, text, attempt);
  }

  private async send(
    kind: Notification['kind'],
    task_id: string,
    text: string,
    attempt: DeliveryAttempt,
  ): Promise<void> {
    const { eventId, signal } = attempt;
    const answer = await fetch(`${this.center.url}/notifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': eventId },
      body: JSON.stringify({ kind, task_id, text }),
      signal,
    });
    if (!answer.ok) throw new Error(`The notification center answered ${answer.status}`);
  }
}
