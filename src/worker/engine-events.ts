import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../core/clock.js';
import type { StepFailure } from '../core/failure.js';
import { fullName, type TaskTemplate } from '../core/template.js';
import { LateSpans } from '../client/late-spans.js';
import { customEvent } from '../events/custom-event.js';
import { EventBus } from '../events/event-bus.js';
import { stepFacts, taskFacts, type StepSubject, type TaskSubject } from '../events/payloads.js';
import { failureFacts, type BackoffFacts, type TaskerEventName } from '../events/tasker-events.js';
import { EngineMetrics } from '../metrics/engine-metrics.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import { publishedJson } from '../orchestration/published-event.js';
import type { TaskMemory } from '../orchestration/task-memory.js';
import { Notifications } from '../persistence/notifications.js';
import type { AttemptKey, SettledTask, StandingTask, Telling } from '../persistence/stores/attempts.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { isTraced } from '../telemetry/tracer.js';
import { AttemptMetrics } from './attempt-metrics.js';

/** What follows from a failed attempt. */
export interface FailureOutcome {
  failure: StepFailure;
  timedOut: boolean;
  /** Null if no attempt follows. */
  nextRetryAt: Date | null;
  delayMs: number | null;
  /** The service has said when to come back. */
  requested: boolean;
}

/** Says what the worker's commits have made true: as events in this process, and as a hint to who waits for a task. */
@Injectable()
export class EngineEvents {
  constructor(
    private readonly bus: EventBus,
    private readonly catalog: TemplateCatalog,
    private readonly notifications: Notifications,
    private readonly metrics: EngineMetrics,
    private readonly attempts: AttemptMetrics,
    private readonly spans: LateSpans,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What is to be written and asked beside these outcomes of attempts; undefined for nothing. */
  telling(outcomes: readonly { attempt: LiveAttempt }[]): Telling | undefined {
    const isPublishing = outcomes.some(({ attempt }) => attempt.published !== null);
    const events = isPublishing ? publishedJson(outcomes.map(({ attempt }) => attempt)) : null;
    const standstills = this.isHeard('workflow.no_viable_steps', outcomes, ({ attempt }) => attempt);
    return events === null && !standstills ? undefined : { events, standstills };
  }

  /** The same for what is done in the place of a worker that hangs. */
  tellingOf(template: TaskTemplate): Telling | undefined {
    return this.bus.hears('workflow.no_viable_steps', template) ? { events: null, standstills: true } : undefined;
  }

  taskStarted(memory: TaskMemory): void {
    const subject = taskOf(memory);
    this.bus.publishOf(memory.entry.template, 'task.started', () => taskFacts(subject));
  }

  /** Steps that one claim, or one hand-off, has brought. */
  stepsDiscovered(attempts: readonly LiveAttempt[]): void {
    if (!this.isHeard('workflow.viable_steps_discovered', attempts, (attempt) => attempt)) return;
    const byTask = new Map<TaskMemory, LiveAttempt[]>();
    for (const attempt of attempts) byTask.set(attempt.memory, [...(byTask.get(attempt.memory) ?? []), attempt]);
    for (const [memory, steps] of byTask) {
      this.bus.publishOf(memory.entry.template, 'workflow.viable_steps_discovered', () => ({
        ...taskFacts(taskOf(memory)),
        step_ids: steps.map(({ stepId }) => stepId),
        step_names: steps.map(({ step }) => step.name),
        step_count: steps.length,
      }));
    }
  }

  stepStarted(attempt: LiveAttempt): void {
    const { template } = attempt.memory.entry;
    this.attempts.started(attempt);
    const facts = () => stepFacts(stepOf(attempt));
    this.bus.publishOf(template, 'step.execution_requested', facts);
    if (attempt.claim.previousError) this.bus.publishOf(template, 'step.retried', facts);
    this.bus.publishOf(template, 'step.started', facts);
  }

  stepCompleted(attempt: LiveAttempt, json: string): void {
    const { template } = attempt.memory.entry;
    attempt.span?.succeeded();
    this.attempts.succeeded(attempt, json);
    this.handlerPublished(attempt);
    this.bus.publishOf(template, 'step.completed', () => ({
      ...stepFacts(stepOf(attempt)),
      execution_duration: attempt.duration,
      results: JSON.parse(json) as unknown,
    }));
  }

  /** @param failure - null where it was passed over on request */
  stepSkipped(attempt: LiveAttempt, failure: StepFailure | null, timedOut: boolean): void {
    this.handlerPublished(attempt);
    const { template } = attempt.memory.entry;
    if (failure === null) this.attempts.bypassed(attempt);
    else this.attempts.failed(attempt, failure, timedOut, 'skipped');
    if (failure !== null) attempt.span?.failed(failure, timedOut ? 'timed_out' : 'failed', null);
    const facts = () => stepFacts(stepOf(attempt));
    if (failure === null) return this.bus.publishOf(template, 'step.skipped', facts);
    const failed = () => ({ ...facts(), ...failureFacts(failure) });
    const ended = () => ({ ...failed(), execution_duration: attempt.duration });
    if (timedOut) this.bus.publishOf(template, 'step.timed_out', ended);
    if (failure.retryable) this.bus.publishOf(template, 'observability.step.max_retries_reached', failed);
    this.bus.publishOf(template, 'step.skipped', ended);
  }

  stepFailed(attempt: LiveAttempt, { failure, timedOut, nextRetryAt, delayMs, requested }: FailureOutcome): void {
    this.handlerPublished(attempt);
    const { template } = attempt.memory.entry;
    attempt.span?.failed(failure, timedOut ? 'timed_out' : 'failed', nextRetryAt);
    this.attempts.failed(attempt, failure, timedOut, nextRetryAt === null ? 'error' : 'waiting_for_retry');
    const failed = () => ({ ...stepFacts(stepOf(attempt)), ...failureFacts(failure) });
    const facts = () => ({ ...failed(), execution_duration: attempt.duration });
    if (timedOut) this.bus.publishOf(template, 'step.timed_out', facts);
    if (nextRetryAt === null) {
      if (failure.retryable) this.bus.publishOf(template, 'observability.step.max_retries_reached', failed);
      this.bus.publishOf(template, 'step.failed', facts);
      return;
    }
    const next_retry_at = nextRetryAt.toISOString();
    this.bus.publishOf(template, 'observability.step.backoff', () => {
      const backoff_type: BackoffFacts['backoff_type'] = requested ? 'server_requested' : attempt.step.backoff.kind;
      return { ...stepFacts(stepOf(attempt)), backoff_seconds: (delayMs ?? 0) / 1000, backoff_type, next_retry_at };
    });
    this.bus.publishOf(template, 'step.retry_scheduled', () => ({ ...facts(), next_retry_at }));
  }

  /** @param released - those of the attempts that were given back before they had an outcome */
  stepsReleased(attempts: readonly LiveAttempt[], released: readonly AttemptKey[], reason: string | null): void {
    const keys = new Set(released.map(({ taskId, stepNo }) => `${taskId} ${stepNo}`));
    for (const attempt of attempts) {
      if (!keys.has(attempt.key)) continue;
      attempt.span?.cutShort('released', reason ?? 'its worker was shut down');
      this.attempts.released(attempt);
      this.bus.note(attempt.memory.entry.template, 'step.released', () => ({ ...stepFacts(stepOf(attempt)), reason }));
    }
  }

  /** It came from an attempt that was no longer the live one. */
  resultRefused(attempt: LiveAttempt): void {
    this.attempts.refused(attempt);
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

  /** Tasks that can do nothing until a retry is due, or somebody acts. */
  async standstills(tasks: readonly StandingTask[]): Promise<void> {
    for (const { taskId, templateId, executionStatus, correlationId } of tasks) {
      const { template } = await this.catalog.get(templateId);
      this.bus.publishOf(template, 'workflow.no_viable_steps', () => ({
        ...taskFacts({ template, taskId, correlationId }),
        execution_status: executionStatus,
      }));
    }
  }

  /** Whether anybody hears it, of the tasks of any of these. */
  private isHeard<T>(event: TaskerEventName, items: readonly T[], attemptOf: (item: T) => LiveAttempt): boolean {
    if (items.length === 0) return false;
    if (this.bus.hears(event)) return true;
    return this.bus.hasSinks && items.some((item) => this.bus.hears(event, attemptOf(item).memory.entry.template));
  }

  private publishSettled(task: SettledTask, { template }: CatalogEntry): void {
    // two clocks: the database's began it, this machine's ends it
    const seconds = task.startedAt ? Math.max(0, this.clock.now() - task.startedAt.getTime()) / 1000 : null;
    this.metrics.taskFinished(template, task.state, seconds);
    if (isTraced()) this.writeRun(task, template);
    const facts = () => taskFacts({ template, taskId: task.taskId, correlationId: task.correlationId });
    if (task.state === 'cancelled') {
      // its last steps were cancelled by themselves
      this.bus.publishOf(template, 'task.cancelled', facts);
      this.bus.publishOf(template, 'workflow.task_finalized', () => ({ ...facts(), status: task.state }));
      return;
    }
    const isComplete = task.state === 'complete';
    if (!isComplete) {
      this.bus.publishOf(template, 'workflow.no_viable_steps', () => ({
        ...facts(),
        execution_status: 'blocked_by_failures' as const,
      }));
    }
    this.bus.publishOf(template, isComplete ? 'task.completed' : 'task.failed', () => ({
      ...facts(),
      execution_duration: seconds ?? 0,
    }));
    this.bus.publishOf(template, 'workflow.task_finalized', () => ({ ...facts(), status: task.state }));
  }

  private writeRun(task: SettledTask, template: TaskTemplate): void {
    const run = { status: task.state, startedAt: task.startedAt, endedAt: new Date(this.clock.now()) };
    this.spans.taskSettled({ ...task, template }, run, task.trace);
  }

  /** Before the events that tell how the attempt ended. */
  private handlerPublished(attempt: LiveAttempt): void {
    if (attempt.published === null) return;
    for (const { name, at, json } of attempt.published) {
      this.bus.publishCustom(attempt.memory.entry.template, name, () =>
        customEvent(name, at, stepFacts(stepOf(attempt)), JSON.parse(json) as Record<string, unknown>),
      );
    }
  }
}

const taskOf = ({ task, entry }: TaskMemory): TaskSubject => ({
  template: entry.template,
  taskId: task.taskId,
  correlationId: task.correlationId,
});

const stepOf = ({ memory, stepNo, attempt, claim }: LiveAttempt): StepSubject => ({
  ...taskOf(memory),
  stepNo,
  attempt,
  retryLimit: claim.retryLimit,
});

/** How a step is named in a log line. */
export const describeStep = (attempt: LiveAttempt): string =>
  `${attempt.step.name} of ${fullName(attempt.memory.entry.template)} (task ${attempt.taskId}, attempt ${attempt.attempt})`;
