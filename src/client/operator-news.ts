import { Inject, Injectable, Optional } from '@nestjs/common';
import { CLOCK, SYSTEM_CLOCK, type Clock } from '../core/clock.js';
import type { Json } from '../core/json.js';
import { FINISHED_STEP_STATES, isTaskSettled, type StepState } from '../core/states.js';
import type { TaskTemplate } from '../core/template.js';
import { EventBus } from '../events/event-bus.js';
import { stepFacts, taskFacts, type TaskSubject } from '../events/payloads.js';
import { EngineMetrics } from '../metrics/engine-metrics.js';
import { Admissions } from '../persistence/admissions.js';
import { Notifications } from '../persistence/notifications.js';
import type { ChangedStep, Operator, VerbOutcome } from '../persistence/stores/operator.store.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { LateSpans } from './late-spans.js';

/** What the states before and after do not say of a verb. */
export interface Deed {
  held?: 'paused' | 'resumed';
  /** Of the step that was settled by hand. */
  results?: Json;
}

interface News extends Deed {
  template: TaskTemplate;
  subject: TaskSubject;
  by: Operator;
}

/** Says what operators' commits have made true: hints to workers and to who waits, and events in this process. */
@Injectable()
export class OperatorNews {
  constructor(
    private readonly catalog: TemplateCatalog,
    private readonly notifications: Notifications,
    private readonly events: EventBus,
    private readonly admissions: Admissions,
    private readonly metrics: EngineMetrics,
    private readonly spans: LateSpans,
    @Optional() @Inject(CLOCK) private readonly clock: Clock = SYSTEM_CLOCK,
  ) {}

  /** What workers remember of a task is out of date. */
  changed(taskId: string): void {
    this.hint('changed', taskId);
  }

  async tell(taskId: string, outcome: VerbOutcome, by: Operator, deed: Deed = {}): Promise<void> {
    this.hintAt(taskId, outcome);
    const entry = await this.catalog.get(outcome.templateId);
    this.admissions.concern(entry, taskId);
    const { template } = entry;
    const news: News = { template, subject: { template, taskId, correlationId: outcome.correlationId }, by, ...deed };
    for (const step of outcome.steps) this.publishStep(news, step);
    this.publishTask(news, outcome);
  }

  private hintAt(taskId: string, { was, state, steps }: VerbOutcome): void {
    if (steps.some((step) => step.was === 'in_progress' && step.state !== 'in_progress')) this.hint('stop', taskId);
    if (!isTaskSettled(state!)) {
      this.notifications.tell('ready');
      this.notifications.announceReady();
    } else if (state !== was) this.hint('settled', taskId);
  }

  private hint(signal: 'stop' | 'settled' | 'changed', taskId: string): void {
    this.notifications.tell(signal, [taskId]);
    void this.notifications.announce(signal, [taskId]);
  }

  /** A step that is to be tried again is told of when a worker begins it. */
  private publishStep({ template, subject, by, results = null }: News, step: ChangedStep): void {
    this.countStep(template, step);
    const facts = () => stepFacts({ ...subject, ...step });
    if (step.state === 'complete') {
      this.metrics.declared.fill(template, template.steps[step.stepNo]!.name, results);
      const execution_duration = Math.max(0, step.seconds ?? 0);
      this.events.publishOf(template, 'step.completed', () => ({ ...facts(), execution_duration, results }));
    }
    if (step.state === 'resolved_manually') {
      this.events.publishOf(template, 'step.resolved_manually', () => ({ ...facts(), ...by, results }));
    }
    if (step.was === 'error' && step.state === 'ready') {
      this.events.note(template, 'step.reset', () => ({ ...facts(), ...by }));
    }
    if (step.state === 'skipped') this.events.publishOf(template, 'step.skipped', facts);
    if (step.state === 'cancelled') this.events.publishOf(template, 'step.cancelled', facts);
  }

  private countStep(template: TaskTemplate, { stepNo, was, state, seconds }: ChangedStep): void {
    const isOver = (FINISHED_STEP_STATES as readonly StepState[]).includes(state);
    if (was === 'in_progress' && isOver) this.metrics.attemptEnded(template, stepNo, 'cancelled', seconds);
    if (isOver) this.metrics.stepFinished(template, stepNo, state);
  }

  private publishTask({ template, subject, by, held }: News, { was, state, startedAt }: VerbOutcome): void {
    const facts = () => taskFacts(subject);
    const acted = () => ({ ...facts(), ...by });
    if (held) this.events.publishOf(template, `task.${held}`, acted);
    if (state === was) return;
    if (was === 'error' && (state === 'in_progress' || state === 'complete')) {
      this.events.publishOf(template, 'task.retry_requested', acted);
    }
    if (!isTaskSettled(state!)) return;
    const seconds = startedAt ? Math.max(0, this.clock.now() - startedAt.getTime()) / 1000 : null;
    this.metrics.taskFinished(template, state!, seconds);
    this.spans.taskSettled(subject, { status: state!, startedAt, endedAt: new Date(this.clock.now()) });
    if (state === 'complete' || state === 'error') {
      const event = state === 'complete' ? 'task.completed' : 'task.failed';
      this.events.publishOf(template, event, () => ({ ...facts(), execution_duration: seconds ?? 0 }));
    }
    if (state === 'cancelled') this.events.publishOf(template, 'task.cancelled', facts);
    if (state === 'resolved_manually') this.events.publishOf(template, 'task.resolved_manually', acted);
    this.events.publishOf(template, 'workflow.task_finalized', () => ({ ...facts(), status: state! }));
  }
}
