import { setTimeout as delay } from 'node:timers/promises';
import type { TaskAnswer } from './answers.js';
import { ServerUnreachable, type TaskServer } from './task-server.js';

/** A person sees no shorter pause; a server does not feel one request in this time. */
const LOOK_MS = 250;
/** A restart of the server, with its migration, is over by then. */
const PATIENCE_MS = 60_000;

/** Looks at a task again and again; the last look is the one at which it has settled. */
export async function* looks(
  server: TaskServer,
  taskId: string,
  include: readonly string[],
): AsyncGenerator<TaskAnswer, void, void> {
  let answeredAt: number | null = null;
  for (;;) {
    try {
      const task = await server.show(taskId, include);
      answeredAt = Date.now();
      yield task;
      if (task.completed_at !== null) return;
    } catch (error) {
      // a server that has answered is being restarted
      const patient = error instanceof ServerUnreachable && answeredAt !== null;
      if (!patient || Date.now() - answeredAt! > PATIENCE_MS) throw error;
    }
    await delay(LOOK_MS);
  }
}

/** The task once it has settled. */
export async function settled(server: TaskServer, taskId: string): Promise<TaskAnswer> {
  let last: TaskAnswer | undefined;
  for await (const task of looks(server, taskId, ['steps'])) last = task;
  return last!;
}
