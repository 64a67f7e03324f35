import { DISTRIBUTION_SUFFIXES, type DistributionSuffix, type FigureName } from '../core/alerts/figures.js';
import type { WindowFigures } from '../persistence/stores/analytics.store.js';
import type { Distribution, StepFigures } from '../persistence/stores/window-figures.js';

type Compute = (figures: WindowFigures) => number | null;

/** Null where there is nothing to be a share of. */
const share = (part: number, ...others: number[]): number | null => {
  const whole = others.reduce((sum, each) => sum + each, part);
  return whole === 0 ? null : part / whole;
};

const of = (distribution: Distribution, suffix: DistributionSuffix): number | null =>
  distribution[suffix === 'avg' ? 'mean' : suffix];

function durations(name: string, distribution: (figures: WindowFigures) => Distribution): Record<string, Compute> {
  const forms = DISTRIBUTION_SUFFIXES.map((suffix): [string, Compute] => [
    `${name}_${suffix}`,
    (figures) => of(distribution(figures), suffix),
  ]);
  return { [name]: (figures) => of(distribution(figures), 'p95'), ...Object.fromEntries(forms) };
}

/** How each figure of a window is computed. */
const COMPUTED: Readonly<Record<string, Compute>> = {
  task_success_rate: ({ tasks }) => share(tasks.completed, tasks.failed),
  task_error_rate: ({ tasks }) => share(tasks.failed, tasks.completed),
  created_tasks: ({ tasks }) => tasks.created,
  completed_tasks: ({ tasks }) => tasks.completed,
  failed_tasks: ({ tasks }) => tasks.failed,
  cancelled_tasks: ({ tasks }) => tasks.cancelled,
  throughput: ({ tasks, from, to }) => (tasks.completed * 60_000) / Math.max(1, to.getTime() - from.getTime()),
  ...durations('task_duration', ({ tasks }) => tasks.duration),
  ...durations('task_wait', ({ tasks }) => tasks.wait),
  step_success_rate: ({ steps }) => share(steps.completedSteps, steps.failedSteps),
  step_error_rate: ({ steps }) => share(steps.failedSteps, steps.completedSteps),
  completed_steps: ({ steps }) => steps.completedSteps,
  failed_steps: ({ steps }) => steps.failedSteps,
  skipped_steps: ({ steps }) => steps.skippedSteps,
  attempts: ({ steps }) => steps.attempts,
  failed_attempts: ({ steps }) => steps.failed + steps.timedOut + steps.workerLost,
  attempt_success_rate: ({ steps }) => steps.successRate,
  retries: ({ steps }) => steps.retries,
  retry_rate: ({ steps }) => share(steps.retries, countable(steps) - steps.retries),
  retry_success_rate: ({ steps }) => steps.retrySuccessRate,
  timeouts: ({ steps }) => steps.timedOut,
  worker_losses: ({ steps }) => steps.workerLost,
  ...durations('step_execution_time', ({ steps }) => steps.duration),
  ...durations('queue_wait', ({ steps }) => steps.wait),
};

/** Attempts that ended by themselves. */
const countable = ({ succeeded, failed, timedOut, workerLost }: StepFigures): number =>
  succeeded + failed + timedOut + workerLost;

/** The value of a figure of a window; null where it has none. */
export const valueIn = (figures: WindowFigures, name: FigureName): number | null => COMPUTED[name]!(figures);
