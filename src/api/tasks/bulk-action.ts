import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ActedStep, ActedTask, StepAct, TaskAct } from '../../client/bulk-operator.js';
import { stepOptionFindings, taskOptionFindings } from '../../client/operator-options.js';
import type { TaskerClient } from '../../client/tasker-client.js';
import type { Finding, TaskerError } from '../../core/errors.js';
import { STEP_VERBS, TASK_VERBS, type StepVerb, type TaskVerb } from '../../core/states.js';
import { problemOf } from '../problem/problem.js';
import { actorOf } from '../request/actor.js';
import { correlationOf, type CorrelatedRequest } from '../request/correlation.js';
import { inBody } from '../request/in-body.js';
import { accept } from '../request/read.js';
import { readBody } from '../request/request-body.decorator.js';
import { stepResource } from '../steps/step.resource.js';
import { BulkActionBody, type BulkActionResultResource } from './bulk-action.body.js';
import { taskResource } from './task.resource.js';

/** What a request asks to be done to many. */
export interface BulkAct {
  taskIds: string[];
  /** Null where the tasks themselves are meant. */
  step: string | null;
  act: TaskAct | StepAct;
  correlationId: string;
}

export const RequestedBulkAct = createParamDecorator((_data: unknown, context: ExecutionContext): BulkAct => {
  const request = context.switchToHttp().getRequest<CorrelatedRequest & { body: unknown }>();
  const { value, findings } = readBody(BulkActionBody, request.body);
  const { action, task_ids: taskIds, step = null, retry_limit: retryLimit, ...rest } = value;
  const options = { ...rest, retryLimit, actor: actorOf(request) };
  const known = new Set(findings.map(({ path }) => firstOf(path)));
  const further = known.has('action') ? [] : actFindings(action, step, options);
  return accept({
    value: { taskIds, step, act: { action, ...options } as TaskAct | StepAct, correlationId: correlationOf(request) },
    findings: [...findings, ...further.filter(({ path }) => !known.has(firstOf(path)))],
  });
});

/**
 * Does it to each, and answers each in its place.
 *
 * @param refusals - of those that are not for the caller, by their ids
 */
export async function actOnEach(
  client: TaskerClient,
  { taskIds, step, act, correlationId }: BulkAct,
  refusals: ReadonlyMap<string, TaskerError>,
) {
  const meant = taskIds.filter((id) => !refusals.has(id));
  const answers =
    step === null
      ? await client.actOnTasks(meant, act as TaskAct)
      : await client.actOnSteps(
          meant.map((taskId) => ({ taskId, step })),
          act as StepAct,
        );
  const inTurn = answers[Symbol.iterator]();
  return taskIds.map((taskId): BulkActionResultResource => {
    const error = refusals.get(taskId);
    const answer = error ? { error } : inTurn.next().value!;
    return { task_id: taskId, ...resultOf(answer, correlationId) };
  });
}

function actFindings(action: TaskVerb | StepVerb, step: string | null, options: { reason?: string }): Finding[] {
  if (step === null) {
    if (isVerbOf(TASK_VERBS, action)) return taskOptionFindings(action, options).map(inBody);
    return [{ path: 'step', message: `is required: ${action} is done to a step` }];
  }
  if (isVerbOf(STEP_VERBS, action)) {
    const lacksReason = action !== 'cancel' && options.reason === undefined;
    const reason = lacksReason ? [{ path: 'reason', message: 'is required' }] : [];
    return [...reason, ...stepOptionFindings(action, options).map(inBody)];
  }
  return [{ path: 'step', message: `must not be given: ${action} is done to a task` }];
}

function resultOf(answer: ActedTask | ActedStep, correlationId: string): Omit<BulkActionResultResource, 'task_id'> {
  if ('task' in answer) return { status: 200, task: taskResource(answer.task) };
  if ('step' in answer) return { status: 200, step: stepResource(answer.step) };
  const error = problemOf(answer.error, correlationId);
  return { status: error.status, error };
}

const isVerbOf = <Verb extends string>(verbs: Record<Verb, unknown>, action: string): action is Verb =>
  Object.hasOwn(verbs, action);

const firstOf = (path: string): string => path.split(/[.[]/)[0]!;
