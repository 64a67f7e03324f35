import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { TaskerClient } from '../../client/tasker-client.js';
import type { TaskRequest } from '../../client/task-request.js';
import { TaskerError, type Finding } from '../../core/errors.js';
import { isPlainObject } from '../../core/json.js';
import { problemOf } from '../problem/problem.js';
import { kindOf } from '../request/checks.js';
import { correlationOf, type CorrelatedRequest } from '../request/correlation.js';
import { invalid, type Reading } from '../request/read.js';
import { MOST_BULK_TASKS, type BulkResultResource } from './bulk.resource.js';
import { readNewTask, taskHeaders } from './new-task.js';
import { taskResource } from './task.resource.js';

/** The readings of a bulk request's tasks, each with its own findings, and the id they are answered under. */
export interface Bulk {
  readings: Reading<TaskRequest>[];
  correlationId: string;
}

/** The tasks of a request to create many. What is wrong with one of them is no finding of the whole. */
export const BulkTasks = createParamDecorator((_data: unknown, context: ExecutionContext): Bulk => {
  const request = context.switchToHttp().getRequest<CorrelatedRequest & { body: unknown }>();
  const { idempotencyKey, ...headers } = taskHeaders(request.headers);
  const findings: Finding[] = envelopeFindings(request.body);
  if (idempotencyKey !== undefined) {
    findings.push({ path: 'Idempotency-Key', message: 'is of one task: give each its own idempotency_key' });
  }
  if (findings.length > 0) throw invalid(findings);
  const { tasks } = request.body as { tasks: unknown[] };
  const readings = tasks.map((task) => {
    const own = isPlainObject(task) && (isPlainObject(task.task) ? task.task : task).correlation_id != null;
    return readNewTask(task, own ? { traceparent: headers.traceparent } : headers);
  });
  return { readings, correlationId: correlationOf(request) };
});

/**
 * Creates those that can be read and may be created, and answers each in its place.
 *
 * @param check - rejects where the caller may not create it
 */
export async function createEach(
  client: TaskerClient,
  bulk: Bulk,
  check: (request: TaskRequest) => Promise<void>,
): Promise<BulkResultResource[]> {
  const refused = (error: unknown): BulkResultResource => {
    const problem = problemOf(error, bulk.correlationId);
    return { status: problem.status, error: problem };
  };
  const refusals = await Promise.all(
    bulk.readings.map(async ({ value, findings }) =>
      findings.length > 0 ? invalid(findings) : check(value).then(() => null, refusal),
    ),
  );
  const allowed = bulk.readings.filter((_, n) => refusals[n] === null);
  const answers = await client.createTasks(allowed.map(({ value }) => value));
  const created = answers[Symbol.iterator]();
  return refusals.map((refusalOfIt) => {
    if (refusalOfIt !== null) return refused(refusalOfIt);
    const answer = created.next().value!;
    if ('error' in answer) return refused(answer.error);
    return { status: answer.replayed ? 200 : 201, task: taskResource(answer.task) };
  });
}

/** What is refused for one of them; what fails, fails for all. */
function refusal(error: unknown): TaskerError {
  if (error instanceof TaskerError) return error;
  throw error;
}

function envelopeFindings(body: unknown): Finding[] {
  if (!isPlainObject(body)) return [{ path: '', message: `must be an object, not ${kindOf(body)}` }];
  const findings = Object.keys(body)
    .filter((path) => path !== 'tasks')
    .map((path) => ({ path, message: 'is not known. Known: tasks.' }));
  const { tasks } = body;
  if (tasks === undefined) return [...findings, { path: 'tasks', message: 'is required' }];
  if (!Array.isArray(tasks)) return [...findings, { path: 'tasks', message: `must be a list, not ${kindOf(tasks)}` }];
  if (tasks.length >= 1 && tasks.length <= MOST_BULK_TASKS) return findings;
  return [...findings, { path: 'tasks', message: `must have 1 to ${MOST_BULK_TASKS} items, not ${tasks.length}` }];
}
