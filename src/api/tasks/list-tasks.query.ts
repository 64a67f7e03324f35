import type { ApiQueryOptions } from '@nestjs/swagger';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import type { TaskerClient } from '../../client/tasker-client.js';
import type { Finding } from '../../core/errors.js';
import { TASK_STATES, type TaskState } from '../../core/states.js';
import { IsInstant, IsOneOf, IsText, IsWholeNumber } from '../request/checks.js';
import { parseInstant } from '../request/instant.js';
import { accept, readQuery } from '../request/read.js';
import { ApiQuery } from '../swagger.js';

export type TaskFilter = Parameters<TaskerClient['listTasks']>[0];

const SORTS = ['created_at', '-created_at', 'priority', '-priority'] as const;
const MOST_TASKS = 100;
const CONTEXT = 'context.';

class ListTasksQuery {
  @IsOptional() @IsText() namespace?: string;
  @IsOptional() @IsText() name?: string;
  @IsOptional() @IsText() version?: string;
  @IsOptional() @IsOneOf(TASK_STATES) status?: TaskState;
  @IsOptional() @IsText() tag?: string;
  @IsOptional() @IsText() initiator?: string;
  @IsOptional() @IsText() source_system?: string;
  @IsOptional() @IsText() correlation_id?: string;
  @IsOptional() @IsInstant() created_after?: string;
  @IsOptional() @IsInstant() created_before?: string;
  @IsOptional() @IsOneOf(SORTS) sort?: (typeof SORTS)[number];
  @IsOptional() @IsWholeNumber(1, MOST_TASKS, { text: true }) limit?: string;
  @IsOptional() @IsText({ max: 1000 }) cursor?: string;
}

/** What a query asks the list of tasks for. */
export const ListTasks = createParamDecorator((_data: unknown, context: ExecutionContext): TaskFilter => {
  const { query } = context.switchToHttp().getRequest<{ query: object }>();
  const entries = Object.entries(query);
  const paths = entries.filter(([name]) => name.startsWith(CONTEXT));
  const reading = readQuery(ListTasksQuery, Object.fromEntries(entries.filter(([name]) => !name.startsWith(CONTEXT))));
  const given = accept({ ...reading, findings: [...reading.findings, ...paths.flatMap(contextFindings)] });
  return {
    namespace: given.namespace,
    name: given.name,
    version: given.version,
    status: given.status,
    tag: given.tag,
    initiator: given.initiator,
    sourceSystem: given.source_system,
    correlationId: given.correlation_id,
    createdAfter: momentOf(given.created_after),
    createdBefore: momentOf(given.created_before),
    context:
      paths.length === 0
        ? undefined
        : Object.fromEntries(paths.map(([name, text]) => [name.slice(CONTEXT.length), text as string])),
    sort: given.sort,
    limit: given.limit === undefined ? undefined : Number(given.limit),
    cursor: given.cursor,
  };
});

const momentOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : (parseInstant(text) ?? undefined);

function contextFindings([path, text]: [string, unknown]): Finding[] {
  if (path.split('.').includes(''))
    return [{ path, message: 'must name a path into the context, such as context.cart.id' }];
  if (typeof text !== 'string') return [{ path, message: 'may be given once, as plain text' }];
  return `${path}${text}`.includes('\u0000') ? [{ path, message: 'must not contain the character U+0000' }] : [];
}

const query = (name: string, options: Partial<ApiQueryOptions> = {}): MethodDecorator =>
  ApiQuery({ name, required: false, type: String, ...options });

/** Documents the query of the list of tasks. */
export const ApiListTasks = (): MethodDecorator =>
  applyDecorators(
    query('namespace'),
    query('name', { example: 'api_integration_task' }),
    query('version'),
    query('status', { enum: TASK_STATES, type: undefined }),
    query('tag', { example: 'order_processing' }),
    query('initiator'),
    query('source_system'),
    query('correlation_id'),
    query('created_after', { description: 'ISO 8601' }),
    query('created_before', { description: 'ISO 8601' }),
    query('context.{path}', { description: 'Tasks whose context has this value at that path: `context.cart_id=123`' }),
    query('sort', { enum: SORTS, type: undefined, description: 'With `-`, the highest first' }),
    query('limit', { type: Number, description: `1 to ${MOST_TASKS}; 25 if not given` }),
    query('cursor', { description: 'The `next_cursor` of the page before' }),
  );
