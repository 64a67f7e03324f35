import type { StepContext } from '../../src/index.js';

/** What runs at once, as the handlers themselves see it. */
export class Concurrency {
  /** Most steps that ran at once: of all, and of one task. */
  readonly most = { steps: 0, stepsOfATask: 0, tasks: 0 };
  /** Names of the steps of each task, in the order in which they started. */
  readonly order = new Map<string, string[]>();
  private readonly running = new Map<string, number>();
  private steps = 0;

  /** Runs `work` as an attempt of a step. */
  async during<T>({ task: { taskId }, step }: StepContext, work: () => Promise<T> | T): Promise<T> {
    this.order.set(taskId, [...(this.order.get(taskId) ?? []), step.name]);
    this.steps++;
    this.running.set(taskId, (this.running.get(taskId) ?? 0) + 1);
    this.most.steps = Math.max(this.most.steps, this.steps);
    this.most.stepsOfATask = Math.max(this.most.stepsOfATask, this.running.get(taskId)!);
    this.most.tasks = Math.max(this.most.tasks, this.running.size);
    try {
      return await work();
    } finally {
      this.steps--;
      const left = this.running.get(taskId)! - 1;
      if (left === 0) this.running.delete(taskId);
      else this.running.set(taskId, left);
    }
  }
}

/** Some turns of the event loop, so that others have the chance to run at the same time. */
export const aWhile = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
