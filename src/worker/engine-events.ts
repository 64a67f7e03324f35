import { Injectable } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { failureFacts, type StepFacts, type TaskFacts } from '../events/tasker-events.js';
import { reviveFailure, type StepFailure } from '../core/failure.js';
import { stepId } from '../core/identity.js';
import { fullName } from '../core/template.js';
import { Notifications } from '../persistence/notifications.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { EndedAttempt, MovedStep, SettledTask } from '../persistence/stores/attempts.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import type { TaskMemory } from '../orchestration/task-memory.js';

type Facts<F extends TaskFacts> = Omit<F, 'event' | 'timestamp'>;

/** Says what the worker's commits have made true: as events in this process, and as a hint to who waits for a task. */
@Injectable()
export class EngineEvents {
  constructor(
    private readonly bus: EventBus,
    private readonly catalog: TemplateCatalog,
    private readonly notifications: Notifications,
    private readonly attempts: AttemptStore,
  ) {}

  taskStarted(memory: TaskMemory): void {
    this.bus.publish('task.started', () => taskFacts(memory.entry, memory.task.taskId, memory.task.correlationId));
  }

  stepStarted(attempt: LiveAttempt): void {
    this.bus.publish('step.started', () => stepFacts(attempt));
  }

  stepCompleted(attempt: LiveAttempt, json: string): void {
    this.bus.publish('step.completed', () => ({
      ...stepFacts(attempt),
      execution_duration: attempt.duration,
      results: JSON.parse(json) as unknown,
    }));
  }

  stepSkipped(attempt: LiveAttempt, failure: StepFailure | null): void {
    this.bus.publish('step.skipped', () => ({ ...stepFacts(attempt), ...(failure && failureFacts(failure)) }));
  }

  /** @param nextRetryAt - null if no attempt follows */
  stepFailed(attempt: LiveAttempt, failure: StepFailure, timedOut: boolean, nextRetryAt: Date | null): void {
    const facts = () => ({ ...stepFacts(attempt), ...failureFacts(failure), execution_duration: attempt.duration });
    if (timedOut) this.bus.publish('step.timed_out', facts);
    if (nextRetryAt === null) this.bus.publish('step.failed', facts);
    else this.bus.publish('step.retry_scheduled', () => ({ ...facts(), next_retry_at: nextRetryAt.toISOString() }));
  }

  /** Attempts that were ended for workers that could not do it: they died, or hang. */
  async attemptsEnded(event: 'step.worker_lost' | 'step.timed_out', steps: readonly MovedStep[]): Promise<void> {
    const moves = new Map(steps.map((step) => [`${step.taskId} ${step.stepNo}`, step]));
    for (const end of await this.attempts.ended(steps)) {
      const { templateId, state, dueAt } = moves.get(`${end.taskId} ${end.stepNo}`)!;
      const facts = endFacts(await this.catalog.get(templateId), end);
      this.bus.publish(event, () => facts);
      if (state === 'error') this.bus.publish('step.failed', () => facts);
      else if (state === 'skipped') this.bus.publish('step.skipped', () => facts);
      else if (dueAt)
        this.bus.publish('step.retry_scheduled', () => ({ ...facts, next_retry_at: dueAt.toISOString() }));
    }
  }

  /** Attempts that were ended because their task had run too long: their workers are told. */
  async tasksExpired(steps: readonly MovedStep[]): Promise<void> {
    if (steps.length === 0) return;
    await this.attemptsEnded('step.timed_out', steps);
    const taskIds = [...new Set(steps.map(({ taskId }) => taskId))];
    this.notifications.tell('stop', taskIds);
    await this.notifications.announce('stop', taskIds);
  }

  /** Tasks that came to rest. Waiters of other processes are notified only where there are any. */
  async tasksSettled(tasks: readonly SettledTask[]): Promise<void> {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      const entry = this.catalog.get(task.templateId);
      this.publishSettled(task, entry instanceof Promise ? await entry : entry);
    }
    this.notifications.tell(
      'settled',
      tasks.map(({ taskId }) => taskId),
    );
    const awaited = tasks.filter((task) => task.awaited).map(({ taskId }) => taskId);
    // Not awaited: a lane that carries outcomes must not wait for it.
    if (awaited.length > 0) void this.notifications.announce('settled', awaited);
  }

  private publishSettled(task: SettledTask, entry: CatalogEntry): void {
    const event = task.state === 'complete' ? 'task.completed' : 'task.failed';
    this.bus.publish(event, () => ({
      ...taskFacts(entry, task.taskId, task.correlationId),
      // two clocks: the database's began it, this machine's ends it
      execution_duration: task.startedAt ? Math.max(0, Date.now() - task.startedAt.getTime()) / 1000 : 0,
    }));
  }
}

function taskFacts(entry: CatalogEntry, taskId: string, correlationId: string): Facts<TaskFacts> {
  const { namespace, name, version } = entry.template;
  return { task_id: taskId, task_name: name, namespace, version, correlation_id: correlationId };
}

function stepFacts(attempt: LiveAttempt): Facts<StepFacts> {
  const { task, entry } = attempt.memory;
  return {
    ...taskFacts(entry, attempt.taskId, task.correlationId),
    step_id: attempt.stepId,
    step_name: attempt.step.name,
    attempt: attempt.attempt,
    retry_limit: attempt.claim.retryLimit,
  };
}

function endFacts(entry: CatalogEntry, { taskId, stepNo, attempt, ...end }: EndedAttempt) {
  return {
    ...taskFacts(entry, taskId, end.correlationId),
    step_id: stepId(taskId, stepNo),
    step_name: entry.step(stepNo).name,
    attempt,
    retry_limit: end.retryLimit,
    ...failureFacts(reviveFailure(end.error)),
    execution_duration: end.seconds,
  };
}

/** How a step is named in a log line. */
export const describeStep = (attempt: LiveAttempt): string =>
  `${attempt.step.name} of ${fullName(attempt.memory.entry.template)} (task ${attempt.taskId}, attempt ${attempt.attempt})`;
