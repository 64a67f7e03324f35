import type { TaskerClient } from '../client/tasker-client.js';
import type { TaskRequest } from '../client/task-request.js';
import { TaskerError } from '../core/errors.js';
import { StandstillError, taskRun, type TaskRun } from './task-run.js';
import type { Time } from './time/time.js';

/** What `runTask` needs of a request: the rest has plain values. */
export type TestRequest = Pick<TaskRequest, 'name'> & Partial<TaskRequest>;

export interface RunOptions {
  /** How long the task may take, in milliseconds of the machine's time. @default 10000 */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** Has the application under test run tasks. */
export class TaskRunner {
  constructor(
    private readonly client: TaskerClient,
    private readonly time: Time,
  ) {}

  /** @throws TaskerError what `createTask` refuses; StandstillError */
  async run(request: TestRequest, options?: RunOptions): Promise<TaskRun> {
    const { taskId } = await this.client.createTask(completed(request));
    return this.finish(taskId, options);
  }

  /** @throws TaskerError `task_not_found`; StandstillError */
  async finish(taskId: string, { timeoutMs = DEFAULT_TIMEOUT_MS }: RunOptions = {}): Promise<TaskRun> {
    try {
      await this.time.passUntil(this.client.waitFor(taskId, { timeoutMs }));
    } catch (cause) {
      if (!(cause instanceof TaskerError && cause.code === 'wait_timeout')) throw cause;
      throw new StandstillError(await this.look(taskId), timeoutMs, { cause });
    }
    return this.look(taskId);
  }

  /** @throws TaskerError `task_not_found` */
  async look(taskId: string): Promise<TaskRun> {
    return taskRun(await this.client.getTask(taskId, { include: ['steps', 'attempts'] }));
  }
}

/** A request with all that it must have. */
export const completed = (request: TestRequest): TaskRequest => ({
  context: {},
  initiator: 'test',
  reason: 'test',
  sourceSystem: 'test',
  ...request,
});
