import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { STEP_VERBS, TASK_VERBS } from '../core/states.js';
import {
  checkStepOptions,
  checkTaskOptions,
  type ActOptions,
  type CompleteStepOptions,
  type ResolveStepOptions,
  type RetryStepOptions,
  type RetryTaskOptions,
  type StepChanges,
  type TaskChanges,
} from './operator-options.js';
import { invalid, refusalOf } from './refusals.js';
import { StepOperator } from './step-operator.js';
import { TaskOperator } from './task-operator.js';
import type { StepView, TaskView } from './views.js';

/** A verb on tasks, with what it is given. */
export type TaskAct =
  | ({ action: 'retry' } & RetryTaskOptions)
  | ({ action: 'resolve' | 'pause' | 'resume' | 'cancel' } & ActOptions)
  | ({ action: 'update' } & TaskChanges);

/** A verb on steps, with what it is given. */
export type StepAct =
  | ({ action: 'retry' } & RetryStepOptions)
  | ({ action: 'resolve' } & ResolveStepOptions)
  | ({ action: 'complete' } & CompleteStepOptions)
  | ({ action: 'skip' | 'cancel' } & ActOptions)
  | ({ action: 'update' } & StepChanges);

/** The answer for one of many. */
export type ActedTask = { task: TaskView } | { error: TaskerError };
export type ActedStep = { step: StepView } | { error: TaskerError };

const MAX_ITEMS = 1000;
/** More at once would take the connections of those that run steps. */
const IN_FLIGHT = 2;

/** Does the same to many: each in a transaction of its own, so that what is refused for one is done for the others. */
@Injectable()
export class BulkOperator {
  constructor(
    private readonly tasks: TaskOperator,
    private readonly steps: StepOperator,
  ) {}

  /** @throws TaskerError what `TaskerClient.actOnTasks` says */
  async actOnTasks(taskIds: readonly string[], { action, ...options }: TaskAct): Promise<ActedTask[]> {
    checkCount('taskIds', taskIds);
    checkAction(action, TASK_VERBS);
    checkTaskOptions(action, options);
    const act = async (taskId: string): Promise<ActedTask> => ({ task: await this.tasks[action](taskId, options) });
    return each(taskIds, act);
  }

  /** @throws TaskerError what `TaskerClient.actOnSteps` says */
  async actOnSteps(
    steps: readonly { taskId: string; step: string }[],
    { action, ...options }: StepAct,
  ): Promise<ActedStep[]> {
    checkCount('steps', steps);
    checkAction(action, STEP_VERBS);
    checkStepOptions(action, options);
    return each(steps, async ({ taskId, step }): Promise<ActedStep> => ({
      step: await this.steps[action](taskId, step, options as never),
    }));
  }
}

function checkCount(path: string, items: readonly unknown[]): void {
  if (items.length <= MAX_ITEMS) return;
  const message = `must have at most ${MAX_ITEMS} items, but has ${items.length}`;
  throw invalid('request_invalid', 'That is too much at once', [{ path, message }]);
}

function checkAction(action: string, verbs: object): void {
  if (Object.hasOwn(verbs, action)) return;
  const message = `must be one of ${Object.keys(verbs).join(', ')}`;
  throw invalid('request_invalid', 'There is no such action', [{ path: 'action', message }]);
}

/** The answers in the order of the items. */
async function each<Item, Answer>(
  items: readonly Item[],
  act: (item: Item) => Promise<Answer>,
): Promise<(Answer | { error: TaskerError })[]> {
  const answers: (Answer | { error: TaskerError })[] = [];
  const left = items.entries();
  const work = async (): Promise<void> => {
    for (const [n, item] of left) {
      answers[n] = await act(item).catch((error: unknown) => ({ error: refusalOf(error) }));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return answers;
}
