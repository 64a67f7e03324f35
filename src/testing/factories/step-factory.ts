import type { StepView } from '../../client/views.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { StepState } from '../../core/states.js';
import type { TaskRun } from '../task-run.js';
import type { FoundationOptions } from './foundation.js';
import { PuppetTask } from './puppets.js';
import { movesTo, type PlayedState } from './step-moves.js';
import type { TaskFactory } from './task-factory.js';
import { until, type Workbench } from './workbench.js';

export interface CreateWorkflowStepOptions {
  /** A task made by `createTask` in the state `pending` or `in_progress`. @default a new one, of a new template */
  taskId?: string;
  /** The step's name. @default the first of the task given; `test_step` in a new one */
  name?: string;
  /** The state that it is brought to by the engine; the steps before it complete. @default the one that it is in */
  state?: StepState;
  /** What its handler sees as `step.inputs`. */
  inputs?: JsonObject;
  /** What it leaves where it completes or is resolved. @default {} */
  results?: Json;
  /** Attempts that it has made in the end; all but the last failed. @default 1 */
  attempts?: number;
  /** What its last attempt fails with. @default a PermanentError for `error`, a RetryableError for `waiting_for_retry` */
  error?: Error;
  /** Seconds until it is tried again, in `waiting_for_retry`. @default 3600 */
  retryAfterSeconds?: number;
  /** Context of the task, where it is new. */
  context?: JsonObject;
  /** The template, where it is new. */
  foundation?: FoundationOptions;
}

const BY = { actor: 'test', reason: 'made by the test kit' };
const FIRST = 'prerequisite';

/** Brings steps of tasks into whatever state, by the ways that lead there. */
export class StepFactory {
  constructor(
    private readonly bench: Workbench,
    private readonly tasks: TaskFactory,
  ) {}

  async create(options: CreateWorkflowStepOptions): Promise<StepView> {
    const taskId = options.taskId ?? (await this.newTask(options));
    const task = await this.bench.look(taskId);
    const name = options.name ?? (options.taskId ? task.steps[0]!.name : task.steps.at(-1)!.name);
    if (options.inputs) await this.bench.client.updateStep(taskId, name, { inputs: options.inputs, ...BY });
    if (options.state && task.step(name).status !== options.state) await this.bring(task, name, options.state, options);
    return (await this.bench.look(taskId)).step(name);
  }

  private async newTask({
    name,
    state,
    attempts = 1,
    context = {},
    foundation = {},
  }: CreateWorkflowStepOptions): Promise<string> {
    const before = state === 'pending' ? [{ name: FIRST, handler_class: FIRST }] : [];
    const { step, ...others } = foundation;
    const task = await this.tasks.create(
      { state: 'pending', context },
      {
        ...(name !== undefined && { stepName: name }),
        ...others,
        step: {
          default_retry_limit: Math.max(3, attempts + (state === 'waiting_for_retry' ? 1 : 0)),
          ...(before.length > 0 && { depends_on_step: FIRST }),
          ...step,
        },
        ...(before.length > 0 && { template: { step_templates: before } }),
      },
    );
    return task.taskId;
  }

  /** @throws TypeError where no way leads from the task's state to that */
  private async bring(
    task: TaskRun,
    name: string,
    state: StepState,
    options: CreateWorkflowStepOptions,
  ): Promise<void> {
    const { taskId } = task;
    const { client } = this.bench;
    switch (state) {
      case 'skipped':
        return void (await client.skipStep(taskId, name, BY));
      case 'cancelled':
        return void (await client.cancelStep(taskId, name, BY));
      case 'pending':
      case 'ready':
        throw new TypeError(`Step "${name}" is ${task.step(name).status}: it cannot be brought back to ${state}.`);
      case 'in_progress':
      case 'complete':
      case 'error':
      case 'waiting_for_retry':
        return this.play(task, name, state, options);
      case 'resolved_manually':
        await this.play(task, name, 'error', options);
        await client.resolveStep(taskId, name, { ...BY, results: options.results ?? {} });
    }
  }

  /** Lets the engine run the task up to this step, and the step as far as it is to come. */
  private async play(
    task: TaskRun,
    name: string,
    state: PlayedState,
    options: CreateWorkflowStepOptions,
  ): Promise<void> {
    const { taskId } = task;
    const puppet = this.bench.ground.puppets.of(taskId);
    if (!(puppet instanceof PuppetTask)) {
      throw new TypeError(
        `Task ${taskId} was not made by createTask({ state: 'pending' | 'in_progress' }): it runs as it will.`,
      );
    }
    for (const ancestor of ancestorsOf(task, name)) puppet.tell(ancestor, { result: {} });
    puppet.tell(name, ...movesTo(state, options));
    if (await this.isPaused(taskId)) await this.bench.client.resumeTask(taskId, BY);
    await until(this.bench, taskId, (now) => {
      const step = now.step(name);
      return step.status === state && step.attempts >= (options.attempts ?? 1);
    });
  }

  private async isPaused(taskId: string): Promise<boolean> {
    const moves = await this.bench.client.getTransitions(taskId);
    return moves.findLast(({ cause }) => cause === 'paused' || cause === 'resumed')?.cause === 'paused';
  }
}

/** All steps that come before a step. */
function ancestorsOf(task: TaskRun, name: string): Set<string> {
  const found = new Set<string>();
  const visit = (step: string): void => {
    for (const parent of task.step(step).dependsOn) {
      if (found.has(parent)) continue;
      found.add(parent);
      visit(parent);
    }
  };
  visit(name);
  return found;
}
