import type { Distribution, StepFigures, TaskFigures } from '../persistence/stores/window-figures.js';

/** The time that an answer is about, put back and forward to full minutes (of long ago: hours, days). */
export interface ReportWindow {
  from: Date;
  to: Date;
  /** Length of the intervals of its series, in seconds. */
  intervalSeconds: number;
}

/** How much was done, per minute of the window. */
export interface Throughput {
  /** Tasks that completed. */
  tasksPerMinute: number;
  /** Attempts that succeeded. */
  stepsPerMinute: number;
}

/** Tasks that have not ended, at this moment. */
export interface ActiveCount {
  pending: number;
  inProgress: number;
}

export interface TemplateName {
  namespace: string;
  name: string;
  version: string;
  /** `namespace.name@version` */
  fullName: string;
}

export interface StepPerformance extends StepFigures {
  name: string;
}

export interface TemplatePerformance extends TemplateName {
  activeTasks: ActiveCount;
  tasks: TaskFigures;
  steps: StepPerformance[];
}

export interface SeriesPoint {
  /** When the interval began. */
  at: Date;
  created: number;
  completed: number;
  failed: number;
  attemptsSucceeded: number;
  /** Failed, timed out, or lost their worker. */
  attemptsFailed: number;
  retries: number;
  /** Mean time from start to end of the tasks that ended then, in seconds; null where none did. */
  meanTaskSeconds: number | null;
  /** The same of attempts. */
  meanAttemptSeconds: number | null;
}

export interface PerformanceReport extends ReportWindow {
  activeTasks: ActiveCount;
  throughput: Throughput;
  tasks: TaskFigures;
  steps: StepFigures;
  /** Those with the most attempts first. */
  templates: TemplatePerformance[];
  /** How many templates something happened to; `templates` may have fewer. */
  templateCount: number;
  /** Intervals in which something happened. */
  series: SeriesPoint[];
}

/** A step of a template. */
export interface StepName extends TemplateName {
  step: string;
}

export interface SlowStep extends StepName {
  attempts: number;
  duration: Distribution;
  /** Its part of the time that all attempts took, 0 to 1. */
  shareOfTime: number;
}

export interface SlowTask extends TemplateName {
  duration: Distribution;
  /** The one that took longest. */
  slowestTaskId: string | null;
}

export interface FailingStep extends StepName {
  attempts: number;
  /** Attempts that failed, timed out or lost their worker. */
  failures: number;
  timedOut: number;
  workerLost: number;
  errorRate: number;
  /** Steps that came to `error`. */
  failedSteps: number;
}

export interface RetriedStep extends StepName {
  retries: number;
  retriesSucceeded: number;
  retrySuccessRate: number;
}

export interface WaitingStep extends StepName {
  wait: Distribution;
  /** Time spent waiting for a worker, for each second spent running; null where nothing ran. */
  waitPerRun: number | null;
}

export interface ErrorPatternReport {
  errorClass: string;
  errorCode: string | null;
  errorCategory: string | null;
  count: number;
  /** Of all errors, 0 to 1. */
  share: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** Where most of them were, ten at most; step null is the task itself, past its time. */
  steps: (TemplateName & { step: string | null; count: number })[];
  /** The last one. */
  sample: { taskId: string; step: string | null; attempt: number; message: string | null };
}

/** How often, and for how long, a step was on the critical path of the slowest tasks. */
export interface CriticalStep extends StepName {
  tasks: number;
  /** Sum over these, in seconds. */
  durationSeconds: number;
  /** Of what the critical paths of its template's tasks took, 0 to 1. */
  share: number;
}

export interface Recommendation {
  kind: RecommendationKind;
  /** What it is about; null for everything. */
  subject: string | null;
  message: string;
  /** The figures that it follows from. */
  figures: Record<string, number>;
}

export const RECOMMENDATION_KINDS = [
  'critical_step',
  'attempts_time_out',
  'retries_rarely_help',
  'attempts_wait_long',
  'one_error_prevails',
  'workers_are_lost',
] as const;
export type RecommendationKind = (typeof RECOMMENDATION_KINDS)[number];

export interface BottleneckReport extends ReportWindow {
  totals: {
    tasks: number;
    attempts: number;
    failures: number;
    errorRate: number | null;
    retries: number;
    retriesSucceeded: number;
    retrySuccessRate: number | null;
  };
  /** By the 95th percentile. */
  slowestSteps: SlowStep[];
  slowestTasks: SlowTask[];
  /** Most failures first. */
  failingSteps: FailingStep[];
  /** Most retries first. */
  retriedSteps: RetriedStep[];
  /** By the 95th percentile of their waits. */
  longestWaits: WaitingStep[];
  errors: {
    total: number;
    /** How many different ones; `list` may have fewer. */
    patterns: number;
    list: ErrorPatternReport[];
  };
  criticalPaths: {
    /** The slowest tasks of the window, at most 50, as far as they have not been deleted. */
    tasksAnalyzed: number;
    steps: CriticalStep[];
  };
  recommendations: Recommendation[];
}
