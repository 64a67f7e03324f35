import { didYouMean } from '../core/suggest.js';
import type { Json } from '../core/json.js';
import type { StepState } from '../core/states.js';
import type { StepView, TaskView } from '../client/views.js';

/** A task that has come to rest, with its steps and their attempts. */
export interface TaskRun extends TaskView {
  steps: StepView[];
  /** @throws TypeError if the task has no such step */
  step(name: string): StepView;
  /** What a step has left. @throws TypeError if the task has no such step */
  results<T = Json>(step: string): T;
  /** The states of the steps by their names. */
  readonly statuses: Record<string, StepState>;
  /** How many attempts each step took, by their names. */
  readonly attempts: Record<string, number>;
}

/** @param task - read with its steps and attempts */
export function taskRun(task: TaskView): TaskRun {
  const steps = task.steps ?? [];
  const step = (name: string): StepView => {
    const found = steps.find((one) => one.name === name);
    if (found) return found;
    const suggestion = didYouMean(
      name,
      steps.map((one) => one.name),
    );
    throw new TypeError(`Task ${task.fullName} has no step "${name}".${suggestion}`);
  };
  return {
    ...task,
    steps,
    step,
    results: <T>(name: string) => step(name).results as T,
    statuses: Object.fromEntries(steps.map(({ name, status }) => [name, status])),
    attempts: Object.fromEntries(steps.map(({ name, attempts }) => [name, attempts])),
  };
}

/** A task has not come to rest; the message tells what stands in its way. */
export class StandstillError extends Error {
  constructor(
    readonly task: TaskView,
    waitedMs: number,
    options?: ErrorOptions,
  ) {
    super(standstill(task, waitedMs), options);
    this.name = 'StandstillError';
  }
}

function standstill({ fullName, status, steps = [] }: TaskView, waitedMs: number): string {
  const lines = steps
    .filter(({ status: state }) => !['complete', 'skipped', 'resolved_manually', 'cancelled'].includes(state))
    .map((step) => `  ${step.name}: ${step.status}${detailOf(step)}`);
  return (
    `Task ${fullName} is ${status} after ${waitedMs} ms of the machine's time.\n${lines.join('\n')}\n` +
    `While an attempt runs, the time does not pass of itself: time.advance('1h') moves it on, as does a handler that waits by untilAborted(signal).`
  );
}

function detailOf({ status, attempts, nextRetryAt, error }: StepView): string {
  if (status === 'in_progress') return ` (attempt ${attempts})`;
  if (nextRetryAt) return ` until ${nextRetryAt.toISOString()}: ${error?.message}`;
  return error ? `: ${error.message}` : '';
}
