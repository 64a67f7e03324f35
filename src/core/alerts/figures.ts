/** What a figure is computed of: tasks or steps that moved within the window, or what stands waiting at the moment. */
export type FigureSubject = 'tasks' | 'steps' | 'backlog' | 'system';

export interface FigureInfo {
  readonly subject: FigureSubject;
  readonly unit: 'share' | 'seconds' | 'number' | 'per minute';
  readonly description: string;
}

type Figures = Readonly<Record<string, FigureInfo>>;

/** Forms in which conditions ask for durations; without a suffix it is the 95th percentile. */
export const DISTRIBUTION_SUFFIXES = ['p50', 'p95', 'p99', 'avg', 'max'] as const;
export type DistributionSuffix = (typeof DISTRIBUTION_SUFFIXES)[number];

const FORMS: Readonly<Record<DistributionSuffix, string>> = {
  p50: 'median',
  p95: '95th percentile',
  p99: '99th percentile',
  avg: 'mean',
  max: 'longest',
};

const share = (subject: FigureSubject, description: string): FigureInfo => ({ subject, unit: 'share', description });
const count = (subject: FigureSubject, description: string): FigureInfo => ({ subject, unit: 'number', description });

type Durations<Name extends string> = Record<Name | `${Name}_${DistributionSuffix}`, FigureInfo>;

function durations<Name extends string>(subject: FigureSubject, name: Name, description: string): Durations<Name> {
  const of = (form: string): FigureInfo => ({ subject, unit: 'seconds', description: `${description}: ${form}` });
  const forms = DISTRIBUTION_SUFFIXES.map((suffix) => [`${name}_${suffix}`, of(FORMS[suffix])]);
  return { [name]: of(FORMS.p95), ...Object.fromEntries(forms) } as Durations<Name>;
}

/** Every figure that a condition of an alert may ask for. docs/alerts.md shows this table, which a test holds to it. */
export const FIGURES = {
  task_success_rate: share('tasks', 'Completed tasks, of those that completed or failed'),
  task_error_rate: share('tasks', 'Failed tasks, of those that completed or failed'),
  created_tasks: count('tasks', 'Tasks that were created'),
  completed_tasks: count('tasks', 'Tasks that completed'),
  failed_tasks: count('tasks', 'Tasks that came to `error`'),
  cancelled_tasks: count('tasks', 'Tasks that were cancelled'),
  throughput: { subject: 'tasks', unit: 'per minute', description: 'Tasks that completed' },
  ...durations('tasks', 'task_duration', 'From the first start to the end of tasks that completed or failed'),
  ...durations('tasks', 'task_wait', 'From the creation (or `run_at`) to the first start of tasks'),
  step_success_rate: share('steps', 'Completed steps, of those that completed or failed for good'),
  step_error_rate: share('steps', 'Failed steps, of those that completed or failed for good'),
  completed_steps: count('steps', 'Steps that completed'),
  failed_steps: count('steps', 'Steps that came to `error`'),
  skipped_steps: count('steps', 'Steps that were skipped'),
  attempts: count('steps', 'Attempts that ended'),
  failed_attempts: count('steps', 'Attempts that failed, ran out of time or were lost with their worker'),
  attempt_success_rate: share('steps', 'Successful attempts, of those that ended'),
  retries: count('steps', 'Attempts that ended and followed a failed one'),
  retry_rate: share('steps', 'Attempts that followed a failed one, of those that ended'),
  retry_success_rate: share('steps', 'Successful ones, of the attempts that followed a failed one'),
  timeouts: count('steps', 'Attempts that ran out of time'),
  worker_losses: count('steps', 'Attempts that were lost with their worker'),
  ...durations('steps', 'step_execution_time', 'From the begin to the end of attempts'),
  ...durations('steps', 'queue_wait', 'From the time that a step could begin to the time that it did'),
  queue_depth: count('backlog', 'Steps that wait for a worker'),
  oldest_ready_age: {
    subject: 'backlog',
    unit: 'seconds',
    description: 'For how long the oldest of these has been waiting; 0 where there is none',
  },
  running_steps: count('backlog', 'Steps that run'),
  retrying_steps: count('backlog', 'Steps that wait for their next attempt'),
  tasks_in_progress: count('backlog', 'Tasks in progress'),
  live_workers: count('system', 'Workers that live'),
  dead_workers: count('system', 'Workers that fell silent and were declared lost within the window'),
  worker_slots: count('system', 'Steps that all live workers can run at once'),
  slot_utilization: share('system', 'Running steps, of those that all live workers can run at once'),
  open_circuits: count('system', 'Dependent systems that steps wait for, as their circuit is not closed'),
  subscription_lag: {
    subject: 'system',
    unit: 'seconds',
    description: 'Age of the oldest event that an active durable subscription has yet to read',
  },
  undelivered_events: count('system', 'Events that durable subscribers are to be offered again'),
  parked_events: count('system', 'Events that durable subscribers have not taken in all attempts'),
} as const satisfies Figures;

/** The figure's own name, whatever a condition calls it. */
export type FigureName = keyof typeof FIGURES;

/** Names that stand for another: of tasks or, where an alert is about a step, of the step. */
export const OF_THE_SCOPE: Readonly<Record<string, { tasks: string; steps: string }>> = {
  success_rate: { tasks: 'task_success_rate', steps: 'step_success_rate' },
  error_rate: { tasks: 'task_error_rate', steps: 'step_error_rate' },
  ...Object.fromEntries(
    ['', ...DISTRIBUTION_SUFFIXES.map((suffix) => `_${suffix}`)].map((suffix) => [
      `duration${suffix}`,
      { tasks: `task_duration${suffix}`, steps: `step_execution_time${suffix}` },
    ]),
  ),
};

/** Other words for figures. */
export const SYNONYMS: Readonly<Record<string, FigureName>> = {
  workflow_completion_rate: 'task_success_rate',
  step_duration: 'step_execution_time',
  execution_time: 'step_execution_time',
};

/** What conditions may ask beside figures: texts, and null where the alert is not about one of these. */
export const ALERT_LABELS = ['namespace', 'template', 'version', 'step', 'environment'] as const;
