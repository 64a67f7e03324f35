import type { EntityManager } from 'typeorm';
import type { TaskRequest } from '../../client/task-request.js';
import type { StepView } from '../../client/views.js';
import { PermanentError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { TaskState } from '../../core/states.js';
import type { TaskRun } from '../task-run.js';
import { completed, type TestRequest } from '../task-runner.js';
import type { Foundation, FoundationOptions } from './foundation.js';
import { PuppetTask, type Move } from './puppets.js';
import { until, type Workbench } from './workbench.js';

export interface CreateTaskOptions extends Partial<TaskRequest> {
  /**
   * The state that it is brought to, and kept in: it runs through the engine, but its steps do what the factory says.
   * `pending` tasks are paused: `client.resumeTask` lets them go on. @default the application runs it
   */
  state?: TaskState;
  /** What its steps leave, by their names, where they complete. @default {} */
  results?: Record<string, Json>;
  /** The step that fails in `error` and `resolved_manually`. @default the first */
  failedStep?: string;
  /** What it fails with. @default a PermanentError */
  error?: Error;
}

const BY = { actor: 'test', reason: 'made by the test kit' };
const FAILURE = 'The factory lets this step fail.';

/** Makes tasks, in whatever state. */
export class TaskFactory {
  constructor(
    private readonly bench: Workbench,
    private readonly createFoundation: (options: FoundationOptions) => Promise<Foundation>,
  ) {}

  /** @param foundation - of a new template, where none is named */
  async create(
    { state, results, failedStep, error, ...request }: CreateTaskOptions,
    foundation: FoundationOptions = {},
  ): Promise<TaskRun> {
    const named = request.name === undefined ? await this.onFoundation(request, foundation) : request;
    const full = completed(named as TestRequest);
    switch (state) {
      case undefined:
        return this.bench.look((await this.bench.client.createTask(full)).taskId);
      case 'pending':
        return this.bench.look(await this.held(full, results));
      case 'in_progress':
        return this.started(full, results);
      case 'complete':
        return this.settled(full, new PuppetTask(results));
      case 'error':
        return this.failed(full, results, failedStep, error);
      case 'cancelled':
        return this.act(await this.held(full, results), (taskId) => this.bench.client.cancelTask(taskId, BY));
      case 'resolved_manually':
        return this.act((await this.failed(full, results, failedStep, error)).taskId, (taskId) =>
          this.bench.client.resolveTask(taskId, BY),
        );
    }
  }

  private async onFoundation(request: Partial<TaskRequest>, options: FoundationOptions): Promise<Partial<TaskRequest>> {
    const { namespace, taskName, version } = await this.createFoundation({
      ...(request.namespace !== undefined && { namespace: request.namespace }),
      ...options,
    });
    return { ...request, namespace, name: taskName, version };
  }

  /** Paused before anybody can claim a step of it. */
  private held(request: TaskRequest, results?: Record<string, Json>): Promise<string> {
    return this.strung(request, new PuppetTask(results, 'wait'), (taskId, db) =>
      this.bench.tables.call('pause_task', [taskId, BY.actor, BY.reason], db),
    );
  }

  private async started(request: TaskRequest, results?: Record<string, Json>): Promise<TaskRun> {
    const taskId = await this.strung(request, new PuppetTask(results, 'wait'));
    return until(this.bench, taskId, ({ steps }) => steps.every(hasStarted));
  }

  private async failed(
    request: TaskRequest,
    results: Record<string, Json> | undefined,
    step: string | undefined,
    error: Error = new PermanentError(FAILURE, { errorCode: 'FACTORY_FAILURE' }),
  ): Promise<TaskRun> {
    const puppet = new PuppetTask(results);
    const failure: Move = { error };
    if (step !== undefined) puppet.tell(step, failure);
    else puppet.tellFirst(failure);
    return this.settled(request, puppet);
  }

  private async settled(request: TaskRequest, puppet: PuppetTask): Promise<TaskRun> {
    return this.bench.finished(await this.strung(request, puppet));
  }

  private async act(taskId: string, verb: (taskId: string) => Promise<unknown>): Promise<TaskRun> {
    await verb(taskId);
    return this.bench.look(taskId);
  }

  /** Its strings are tied before its steps can be claimed. */
  private strung(
    request: TaskRequest,
    puppet: PuppetTask,
    and: (taskId: string, db: EntityManager) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<string> {
    return this.bench.tables.dataSource.transaction(async (db) => {
      const { taskId } = await this.bench.client.createTask(request, { manager: db });
      this.bench.ground.puppets.add(taskId, puppet);
      await and(taskId, db);
      return taskId;
    });
  }
}

const hasStarted = ({ status, dependsOn }: StepView): boolean => dependsOn.length > 0 || status === 'in_progress';
