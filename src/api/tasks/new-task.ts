import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { TaskRequest } from '../../client/task-request.js';
import type { Finding } from '../../core/errors.js';
import { isPlainObject } from '../../core/json.js';
import { kindOf } from '../request/checks.js';
import { correlate, type CorrelatedRequest } from '../request/correlation.js';
import { parseInstant } from '../request/instant.js';
import { accept, read, type Reading } from '../request/read.js';
import { NewTaskBody } from './new-task.body.js';

/** What the headers of a request may say about the task; the body may say the same. */
export interface TaskHeaders {
  idempotencyKey?: string;
  correlationId?: string;
  traceparent?: string;
}

type Headers = CorrelatedRequest['headers'];

/** The task that a request asks for: its body, flat or under `task`, and its headers. */
export const NewTask = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<CorrelatedRequest & { body: unknown }>();
  const reading = readNewTask(request.body, taskHeaders(request.headers));
  correlate(request, reading.value.correlationId);
  return accept(reading);
});

/** Reads one task from JSON; every finding at once. */
export function readNewTask(body: unknown, headers: TaskHeaders): Reading<TaskRequest> {
  if (!isPlainObject(body)) {
    return { value: {} as TaskRequest, findings: [{ path: '', message: `must be an object, not ${kindOf(body)}` }] };
  }
  const { fields, findings } = unwrap(body);
  const reading = read(NewTaskBody, fields);
  const said = saidTwice(reading.value, headers);
  return { value: taskRequest(reading.value, headers), findings: [...findings, ...reading.findings, ...said] };
}

export const taskHeaders = (headers: Headers): TaskHeaders => ({
  idempotencyKey: headerText(headers, 'idempotency-key'),
  correlationId: headerText(headers, 'x-correlation-id'),
  traceparent: headerText(headers, 'traceparent'),
});

function unwrap(body: Record<string, unknown>): { fields: Record<string, unknown>; findings: Finding[] } {
  if (!Object.hasOwn(body, 'task')) return { fields: body, findings: [] };
  const { task, ...beside } = body;
  const findings = Object.keys(beside).map((path) => ({
    path,
    message: 'stands beside `task`: give the fields flat or under `task`, not both',
  }));
  if (isPlainObject(task)) return { fields: task, findings };
  return { fields: {}, findings: [...findings, { path: 'task', message: `must be an object, not ${kindOf(task)}` }] };
}

/** A header stands for the field where the body leaves it out, and is held to the same rules. */
function saidTwice(body: NewTaskBody, headers: TaskHeaders): Finding[] {
  const pairs = [
    ['idempotency_key', 'Idempotency-Key', headers.idempotencyKey],
    ['correlation_id', 'X-Correlation-ID', headers.correlationId],
  ] as const;
  return pairs.flatMap(([field, header, said]): Finding[] => {
    if (said === undefined || body[field] === said) return [];
    if (body[field] !== undefined) return [{ path: field, message: `differs from the header ${header}` }];
    const { findings } = read(NewTaskBody, { [field]: said });
    return findings.filter(({ path }) => path === field).map(({ message }) => ({ path: header, message }));
  });
}

const taskRequest = (body: NewTaskBody, headers: TaskHeaders): TaskRequest => ({
  name: body.name,
  context: body.context,
  initiator: body.initiator,
  reason: body.reason,
  sourceSystem: body.source_system,
  namespace: body.namespace,
  version: body.version,
  tags: body.tags,
  priority: body.priority,
  runAt: body.run_at === undefined ? undefined : (parseInstant(String(body.run_at)) ?? undefined),
  idempotencyKey: body.idempotency_key ?? headers.idempotencyKey,
  correlationId: body.correlation_id ?? headers.correlationId,
  traceparent: headers.traceparent,
  bypassSteps: body.bypass_steps,
});

function headerText(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
