import { Injectable } from '@nestjs/common';
import type { Finding } from '../core/errors.js';
import { stepId } from '../core/identity.js';
import { canTaskMove } from '../core/states.js';
import { EventBus } from '../events/event-bus.js';
import { Notifications } from '../persistence/notifications.js';
import { TaskStore, type CancelledTask } from '../persistence/stores/task.store.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { illegalMove, invalid, taskIdOf, taskNotFound, writeFailure } from './refusals.js';
import { text } from './request-shape.js';
import { TaskLookup } from './task-lookup.js';
import type { TaskView } from './views.js';

export interface CancelOptions {
  /** Why, for the audit trail. */
  reason?: string;
  /** Who, for the audit trail. */
  actor?: string;
}

const MAX_REASON = 4000;
const MAX_ACTOR = 255;

/** Cancels tasks, and tells who runs their steps and who waits for them. */
@Injectable()
export class TaskCancellation {
  constructor(
    private readonly tasks: TaskStore,
    private readonly lookup: TaskLookup,
    private readonly catalog: TemplateCatalog,
    private readonly notifications: Notifications,
    private readonly events: EventBus,
  ) {}

  /** @throws TaskerError what `TaskerClient.cancelTask` says */
  async cancel(id: string, { reason, actor }: CancelOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTexts({ reason, actor });
    const cancelled = await this.tasks.cancel(taskId, actor ?? null, reason ?? null).catch((error: unknown) => {
      throw writeFailure(error);
    });
    if (cancelled.was === null) throw taskNotFound(id);
    if (cancelled.was === 'cancelled') return this.lookup.getTask(taskId);
    if (!canTaskMove(cancelled.was, 'cancelled')) throw illegalMove(taskId, cancelled.was, 'cancelled');
    this.notify(taskId);
    const view = await this.lookup.getTask(taskId);
    await this.publish(view, cancelled);
    return view;
  }

  private notify(taskId: string): void {
    for (const signal of ['stop', 'settled'] as const) {
      this.notifications.tell(signal, [taskId]);
      void this.notifications.announce(signal, [taskId]);
    }
  }

  private async publish(view: TaskView, { templateId, steps }: CancelledTask): Promise<void> {
    const entry = await this.catalog.get(templateId);
    const { taskId, name, namespace, version, correlationId } = view;
    const facts = { task_id: taskId, task_name: name, namespace, version, correlation_id: correlationId };
    for (const { stepNo, attempt } of steps) {
      const step = entry.step(stepNo);
      this.events.publish('step.cancelled', () => ({
        ...facts,
        step_id: stepId(taskId, stepNo),
        step_name: step.name,
        attempt,
        retry_limit: step.retryLimit,
      }));
    }
    this.events.publish('task.cancelled', () => facts);
  }
}

function checkTexts({ reason, actor }: CancelOptions): void {
  const findings: Finding[] = [];
  const check = (path: string, value: string | undefined, most: number): void => {
    const message = value === undefined ? null : text(value, most);
    if (message !== null) findings.push({ path, message });
  };
  check('reason', reason, MAX_REASON);
  check('actor', actor, MAX_ACTOR);
  if (findings.length > 0) throw invalid('request_invalid', 'The cancellation is not valid', findings);
}
