import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Caller } from '../../auth/caller.js';
import { TaskAccess } from '../../auth/task-access.js';
import type { TaskRequest } from '../../client/task-request.js';
import { TaskerClient } from '../../client/tasker-client.js';
import { RequestCaller } from '../access/caller.decorator.js';
import { OF_BULK_ACTION } from '../access/permission-by-body.js';
import { RequiresPermission, RequiresPermissionByBody } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { Actor, ApiActor } from '../request/actor.js';
import { BacklogGuard } from '../request/backlog.guard.js';
import { CORRELATION_HEADER, CorrelationInterceptor, type HeaderWriter } from '../request/correlation.js';
import { JsonBodyGuard } from '../request/json-body.guard.js';
import { ReasonBody, ReasonToDelete } from '../request/reason.js';
import { actOnEach, RequestedBulkAct, type BulkAct } from './bulk-action.js';
import { BulkActionBody, BulkActionResultsResource } from './bulk-action.body.js';
import { BulkTasks, createEach, type Bulk } from './bulk.js';
import { BulkResultsResource, NewTasksBody } from './bulk.resource.js';
import { ApiListTasks, ListTasks, type TaskFilter } from './list-tasks.query.js';
import { NestedNewTaskBody, NewTaskBody } from './new-task.body.js';
import { NewTask } from './new-task.js';
import { IncludeWithTask, TASK_PARTS, type TaskInclude } from './task-include.js';
import { TaskPageResource, TaskResource, taskResource } from './task.resource.js';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '../swagger.js';

interface Answer extends HeaderWriter {
  status(code: number): unknown;
}

@ApiTags('Tasks')
@Controller('tasks')
@UseGuards(JsonBodyGuard)
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class TasksController {
  constructor(
    private readonly client: TaskerClient,
    private readonly adapterHost: HttpAdapterHost,
    private readonly access: TaskAccess,
  ) {}

  @Post()
  @UseGuards(BacklogGuard)
  @RequiresPermission('tasker.task', 'create')
  @ApiOperation({ summary: 'Create a task', description: 'The fields stand in the body itself or under `task`.' })
  @ApiExtraModels(NestedNewTaskBody)
  @ApiBody({ schema: { oneOf: [{ $ref: getSchemaPath(NewTaskBody) }, { $ref: getSchemaPath(NestedNewTaskBody) }] } })
  @ApiHeader({ name: 'Idempotency-Key', description: 'As `idempotency_key` in the body', required: false })
  @ApiHeader({ name: CORRELATION_HEADER, description: 'As `correlation_id` in the body', required: false })
  @ApiHeader({ name: 'traceparent', description: "The caller's trace, which the task's joins", required: false })
  @ApiCreatedResponse({
    description: 'Created',
    type: TaskResource,
    headers: { Location: { schema: { type: 'string' } } },
  })
  @ApiOkResponse({
    description: 'Created before, under the same idempotency key',
    type: TaskResource,
    headers: { 'Idempotent-Replayed': { schema: { type: 'string', enum: ['true'] } } },
  })
  @ApiProblems(400, 404, 409, 413, 415, 422, 429)
  async create(
    @NewTask() request: TaskRequest,
    @RequestCaller() caller: Caller,
    @Req() incoming: object,
    @Res({ passthrough: true }) answer: Answer,
  ): Promise<TaskResource> {
    await this.access.checkTemplate(caller, request);
    const { task, replayed } = await this.client.submit(request);
    const [path = ''] = (this.adapterHost.httpAdapter.getRequestUrl(incoming) as string).split('?');
    answer.status(replayed ? 200 : 201);
    answer.header('Location', `${path.replace(/\/$/, '')}/${task.taskId}`);
    if (replayed) answer.header('Idempotent-Replayed', 'true');
    if (request.correlationId === undefined) answer.header(CORRELATION_HEADER, task.correlationId);
    return taskResource(task);
  }

  @Post('bulk')
  @UseGuards(BacklogGuard)
  @RequiresPermission('tasker.task', 'create')
  @HttpCode(200)
  @ApiOperation({ summary: 'Create many tasks', description: 'Each is created or refused by itself.' })
  @ApiBody({ type: NewTasksBody })
  @ApiOkResponse({ type: BulkResultsResource })
  @ApiProblems(400, 413, 415)
  async createMany(@BulkTasks() bulk: Bulk, @RequestCaller() caller: Caller): Promise<BulkResultsResource> {
    return { results: await createEach(this.client, bulk, (request) => this.access.checkTemplate(caller, request)) };
  }

  @Post('bulk_actions')
  @RequiresPermissionByBody(...OF_BULK_ACTION)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Do the same to many tasks, or to a step of each',
    description: 'Each by itself, in a transaction of its own.',
  })
  @ApiBody({ type: BulkActionBody })
  @ApiActor()
  @ApiOkResponse({ type: BulkActionResultsResource })
  @ApiProblems(400, 413, 415)
  async actOnMany(
    @RequestedBulkAct() act: BulkAct,
    @RequestCaller() caller: Caller,
  ): Promise<BulkActionResultsResource> {
    return { results: await actOnEach(this.client, act, await this.access.refusals(caller, act.taskIds)) };
  }

  @Get()
  @RequiresPermission('tasker.task', 'index')
  @ApiOperation({ summary: 'Find tasks', description: 'The newest first, unless sorted otherwise.' })
  @ApiListTasks()
  @ApiOkResponse({ type: TaskPageResource })
  @ApiProblems(400)
  async list(@ListTasks() filter: TaskFilter, @RequestCaller() caller: Caller): Promise<TaskPageResource> {
    const { tasks, nextCursor } = await this.client.listTasks({ ...filter, visibleTo: caller });
    return { tasks: tasks.map(taskResource), next_cursor: nextCursor };
  }

  @Get(':task_id')
  @RequiresPermission('tasker.task', 'show')
  @ApiOperation({ summary: 'Show a task' })
  @ApiParam({ name: 'task_id', format: 'uuid' })
  @ApiQuery({ name: 'include', enum: TASK_PARTS, isArray: true, explode: false, style: 'form', required: false })
  @ApiOkResponse({ type: TaskResource })
  @ApiProblems(400, 404)
  async show(@Param('task_id') id: string, @IncludeWithTask() include: TaskInclude): Promise<TaskResource> {
    return taskResource(await this.client.getTask(id, { include }));
  }

  @Delete(':task_id')
  @RequiresPermission('tasker.task', 'cancel')
  @ApiOperation({ summary: 'Cancel a task', description: 'With its unfinished steps. Nothing is deleted.' })
  @ApiParam({ name: 'task_id', format: 'uuid' })
  @ApiQuery({ name: 'reason', required: false, description: 'As in the body' })
  @ApiBody({ type: ReasonBody, required: false })
  @ApiActor()
  @ApiOkResponse({ type: TaskResource })
  @ApiProblems(400, 404, 409, 415)
  async cancel(
    @Param('task_id') id: string,
    @ReasonToDelete() reason: string | undefined,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return taskResource(await this.client.cancelTask(id, { reason, actor }));
  }
}
