import type { TaskerClient } from '../../client/tasker-client.js';
import type { Database } from '../../persistence/database.js';
import type { Ground } from '../ground.js';
import { StandstillError, type TaskRun } from '../task-run.js';

/** What the factories need of the application under test. */
export interface Workbench {
  readonly client: TaskerClient;
  readonly ground: Ground;
  readonly tables: Database;
  look(taskId: string): Promise<TaskRun>;
  finished(taskId: string): Promise<TaskRun>;
}

const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 10;

/** Resolves with a task once a condition holds. @throws StandstillError after five seconds */
export async function until(bench: Workbench, taskId: string, condition: (task: TaskRun) => boolean): Promise<TaskRun> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const task = await bench.look(taskId);
    if (condition(task)) return task;
    if (performance.now() > deadline) throw new StandstillError(task, PATIENCE_MS);
    await bench.ground.bell.heard(LOOK_AGAIN_MS);
  }
}
