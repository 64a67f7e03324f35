import { Injectable } from '@nestjs/common';
import type { AttemptOutcome, StepState, TaskState } from '../core/states.js';
import type { TaskTemplate } from '../core/template.js';
import * as families from './families.js';
import { Instruments } from './instruments.js';
import type { Counter, Histogram } from './series.js';
import { TemplateMetrics } from './template-metrics.js';

/** Errors whose handler gives them no category. */
const NO_CATEGORY = 'none';
const LONGEST_CATEGORY = 64;

type Template = Pick<TaskTemplate, 'namespace' | 'name' | 'steps'>;

/** The series of one step of a template, each found by its labels once. */
interface StepSeries {
  outcomes: Partial<Record<AttemptOutcome, { attempts: Counter; durations: Histogram }>>;
  states: Partial<Record<StepState, Counter>>;
}

interface TemplateSeries {
  created: Counter;
  waits: Histogram;
  rests: Partial<Record<TaskState, { tasks: Counter; durations: Histogram }>>;
  steps: StepSeries[];
}

/**
 * Counts what becomes of tasks and steps by what this process has committed. It is called for every step: what it needs is
 * looked up once per template, and nothing is allocated.
 */
@Injectable()
export class EngineMetrics {
  private readonly created = this.instruments.counter(families.TASKS_CREATED);
  private readonly finishedTasks = this.instruments.counter(families.TASKS_FINISHED);
  private readonly taskDurations = this.instruments.histogram(families.TASK_DURATION);
  private readonly attempts = this.instruments.counter(families.STEP_ATTEMPTS);
  private readonly finishedSteps = this.instruments.counter(families.STEPS_FINISHED);
  private readonly retries = this.instruments.counter(families.STEP_RETRIES);
  private readonly errors = this.instruments.counter(families.STEP_ERRORS);
  private readonly refused = this.instruments.counter(families.RESULTS_REFUSED);
  private readonly durations = this.instruments.histogram(families.STEP_DURATION);
  private readonly waits = this.instruments.histogram(families.QUEUE_WAIT);
  private readonly claims = this.instruments.histogram(families.CLAIM_DURATION).with({});
  private readonly templates = new WeakMap<Template, TemplateSeries>();

  constructor(
    private readonly instruments: Instruments,
    /** Those that templates declare. */
    readonly declared: TemplateMetrics,
  ) {}

  taskCreated(template: Template): void {
    this.seriesOf(template).created.add();
  }

  /** @param seconds - since its first step began; null where none has */
  taskFinished(template: Template, state: TaskState, seconds: number | null): void {
    const { rests } = this.seriesOf(template);
    const { tasks, durations } = (rests[state] ??= this.restOf(template, state));
    tasks.add();
    if (seconds !== null) durations.record(seconds);
  }

  /** @param seconds - that the round trip took */
  claimed(seconds: number): void {
    this.claims.record(seconds);
  }

  /** @param waited - seconds; 0 where it was handed on */
  stepStarted(template: Template, waited: number): void {
    this.seriesOf(template).waits.record(waited);
  }

  /** @param seconds - that it ran; null where nobody knows */
  attemptEnded(
    template: Template,
    stepNo: number,
    outcome: AttemptOutcome,
    seconds: number | null,
    traceparent: string | null = null,
  ): void {
    const series = this.stepOf(template, stepNo);
    const { attempts, durations } = (series.outcomes[outcome] ??= this.outcomeOf(template, stepNo, outcome));
    attempts.add();
    if (seconds !== null) durations.record(seconds, traceparent);
  }

  attemptFailed(template: Template, stepNo: number, category: string | null): void {
    this.errors.with({ ...stepLabels(template, stepNo), category: tidy(category) }).add();
  }

  retryScheduled(template: Template, stepNo: number): void {
    this.retries.with(stepLabels(template, stepNo)).add();
  }

  stepFinished(template: Template, stepNo: number, state: StepState): void {
    const { states } = this.stepOf(template, stepNo);
    (states[state] ??= this.finishedSteps.with({ ...stepLabels(template, stepNo), state })).add();
  }

  resultRefused(template: Template, stepNo: number): void {
    this.refused.with(stepLabels(template, stepNo)).add();
  }

  private seriesOf(template: Template): TemplateSeries {
    const known = this.templates.get(template);
    if (known) return known;
    const steps = template.steps.map(() => ({ outcomes: {}, states: {} }));
    const labels = taskLabels(template);
    const series = { created: this.created.with(labels), waits: this.waits.with(labels), rests: {}, steps };
    this.templates.set(template, series);
    return series;
  }

  private stepOf(template: Template, stepNo: number): StepSeries {
    return this.seriesOf(template).steps[stepNo]!;
  }

  private restOf(template: Template, state: TaskState) {
    const labels = { ...taskLabels(template), state };
    return { tasks: this.finishedTasks.with(labels), durations: this.taskDurations.with(labels) };
  }

  private outcomeOf(template: Template, stepNo: number, outcome: AttemptOutcome) {
    const labels = { ...stepLabels(template, stepNo), outcome };
    return { attempts: this.attempts.with(labels), durations: this.durations.with(labels) };
  }
}

const taskLabels = ({ namespace, name }: Template) => ({ namespace, template: name });

const stepLabels = (template: Template, stepNo: number) => ({
  ...taskLabels(template),
  step: template.steps[stepNo]!.name,
});

/** Handlers write what they like: words that differ in nothing else are one, and an essay is none. */
const tidy = (category: string | null): string =>
  category?.trim().toLowerCase().slice(0, LONGEST_CATEGORY) || NO_CATEGORY;
