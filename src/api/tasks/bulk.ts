import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { TaskerClient } from '../../client/tasker-client.js';
import type { TaskRequest } from '../../client/task-request.js';
import type { Finding } from '../../core/errors.js';
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

/** Creates those that can be read, and answers each in its place. */
export async function createEach(client: TaskerClient, bulk: Bulk): Promise<BulkResultResource[]> {
  const refused = (error: unknown): BulkResultResource => {
    const problem = problemOf(error, bulk.correlationId);
    return { status: problem.status, error: problem };
  };
  const readable = bulk.readings.filter(({ findings }) => findings.length === 0);
  const answers = await client.createTasks(readable.map(({ value }) => value));
  const created = answers[Symbol.iterator]();
  return bulk.readings.map(({ findings }) => {
    if (findings.length > 0) return refused(invalid(findings));
    const answer = created.next().value!;
    if ('error' in answer) return refused(answer.error);
    return { status: answer.replayed ? 200 : 201, task: taskResource(answer.task) };
  });
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
