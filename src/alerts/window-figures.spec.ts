import { FIGURES, type FigureInfo, type FigureName } from '../core/alerts/figures.js';
import type { WindowFigures } from '../persistence/stores/analytics.store.js';
import type { Distribution, StepFigures, TaskFigures } from '../persistence/stores/window-figures.js';
import { valueIn } from './window-figures.js';

const spread = (scale: number): Distribution => ({
  ...{ count: 4, sum: 10 * scale, mean: 2.5 * scale, min: scale },
  ...{ p50: 2 * scale, p95: 3.9 * scale, p99: 3.99 * scale, max: 4 * scale },
});
const NOTHING: Distribution = { count: 0, sum: 0, mean: null, min: null, max: null, p50: null, p95: null, p99: null };
const NO_TASKS: TaskFigures = {
  ...{ created: 0, started: 0, completed: 0, failed: 0, cancelled: 0, resolved: 0, revived: 0 },
  ...{ completionRate: null, errorRate: null, duration: NOTHING, wait: NOTHING },
};
const NO_STEPS: StepFigures = {
  ...{ attempts: 0, succeeded: 0, failed: 0, timedOut: 0, workerLost: 0, released: 0, cancelled: 0, refused: 0 },
  ...{ successRate: null, errorRate: null, retries: 0, retriesSucceeded: 0, retrySuccessRate: null },
  ...{ completedSteps: 0, failedSteps: 0, skippedSteps: 0, cancelledSteps: 0, resolvedSteps: 0 },
  ...{ duration: NOTHING, wait: NOTHING },
};
const window = (tasks: Partial<TaskFigures>, steps: Partial<StepFigures> = {}): WindowFigures => ({
  from: new Date('2026-01-31T09:00:00Z'),
  to: new Date('2026-01-31T09:05:00Z'),
  tasks: { ...NO_TASKS, ...tasks },
  steps: { ...NO_STEPS, ...steps },
});
const OF_WINDOWS = (Object.entries(FIGURES) as [FigureName, FigureInfo][]).filter(([, { subject }]) =>
  ['tasks', 'steps'].includes(subject),
);

describe('figures of a window', () => {
  it('are computed of what happened in it', () => {
    const tasks = { completed: 20, failed: 5, cancelled: 3, created: 30, duration: spread(10), wait: spread(1) };
    const steps = {
      ...{ completedSteps: 40, failedSteps: 10, skippedSteps: 2, attempts: 66, duration: spread(0.1), wait: spread(2) },
      ...{ succeeded: 40, failed: 18, timedOut: 4, workerLost: 2, released: 2, retries: 16, retrySuccessRate: 0.25 },
    };
    const values = Object.fromEntries(OF_WINDOWS.map(([name]) => [name, valueIn(window(tasks, steps), name)]));
    expect(values).toMatchObject({
      ...{ task_success_rate: 0.8, task_error_rate: 0.2, created_tasks: 30, completed_tasks: 20, failed_tasks: 5 },
      ...{ cancelled_tasks: 3, throughput: 4, task_duration: 39, task_duration_p50: 20, task_duration_avg: 25 },
      ...{ task_duration_max: 40, task_wait_p99: 3.99, step_success_rate: 0.8, step_error_rate: 0.2 },
      ...{ completed_steps: 40, failed_steps: 10, skipped_steps: 2, attempts: 66, failed_attempts: 24 },
      ...{ retries: 16, retry_rate: 0.25, retry_success_rate: 0.25, timeouts: 4, worker_losses: 2 },
      ...{ queue_wait: 7.8, queue_wait_max: 8 },
    });
    expect(values.step_execution_time).toBeCloseTo(0.39);
  });

  it.each(OF_WINDOWS)('%s has no value where there is nothing to be a share or a duration of', (name, { unit }) => {
    expect(valueIn(window({}), name)).toBe(unit === 'share' || unit === 'seconds' ? null : 0);
  });
});
