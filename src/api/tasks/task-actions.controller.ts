import { Controller, HttpCode, Param, Patch, Post, Put, UseFilters, UseGuards, UseInterceptors } from '@nestjs/common';
import { applyDecorators } from '@nestjs/common';
import { TaskerClient } from '../../client/tasker-client.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { Actor, ApiActor } from '../request/actor.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { JsonBodyGuard } from '../request/json-body.guard.js';
import { ReasonBody } from '../request/reason.js';
import { RequestBody } from '../request/request-body.decorator.js';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '../swagger.js';
import { TaskChangesBody, TaskRetryBody } from './task-action.body.js';
import { TaskResource, taskResource } from './task.resource.js';

const Action = (summary: string, description: string, body: typeof ReasonBody): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    ApiOperation({ summary, description }),
    ApiBody({ type: body, required: false }),
    ApiOkResponse({ type: TaskResource }),
    ApiProblems(400, 404, 409, 413, 415),
  );

const Update = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Change a task',
      description: 'Its tags, its reason, its priority: those that are given.',
    }),
    ApiBody({ type: TaskChangesBody }),
    ApiOkResponse({ type: TaskResource }),
    ApiProblems(400, 404, 413, 415),
  );

/** What operators do to a task. */
@ApiTags('Tasks')
@ApiParam({ name: 'task_id', format: 'uuid' })
@ApiActor()
@Controller('tasks/:task_id')
@UseGuards(JsonBodyGuard)
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class TaskActionsController {
  constructor(private readonly client: TaskerClient) {}

  @Patch()
  @RequiresPermission('tasker.task', 'update')
  @Update()
  async update(
    @Param('task_id') taskId: string,
    @RequestBody(TaskChangesBody) changes: TaskChangesBody,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return taskResource(await this.client.updateTask(taskId, { ...changes, actor }));
  }

  @Put()
  @RequiresPermission('tasker.task', 'update')
  @Update()
  async put(
    @Param('task_id') taskId: string,
    @RequestBody(TaskChangesBody) changes: TaskChangesBody,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return this.update(taskId, changes, actor);
  }

  @Post('retry')
  @RequiresPermission('tasker.task', 'retry')
  @Action(
    'Retry a task',
    'Its failed steps are tried again, attempts made so far do not count, and it goes on. For one in error, or in ' +
      'progress with a failed step.',
    TaskRetryBody,
  )
  async retry(
    @Param('task_id') taskId: string,
    @RequestBody(TaskRetryBody) { reason, retry_limit: retryLimit }: TaskRetryBody,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return taskResource(await this.client.retryTask(taskId, { reason, retryLimit, actor }));
  }

  @Post('resolve')
  @RequiresPermission('tasker.task', 'resolve')
  @Action(
    'Resolve a task',
    'One in error is settled by hand: its failed steps are resolved, those that have not started are cancelled.',
    ReasonBody,
  )
  async resolve(
    @Param('task_id') taskId: string,
    @RequestBody(ReasonBody) { reason }: ReasonBody,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return taskResource(await this.client.resolveTask(taskId, { reason, actor }));
  }

  @Post('pause')
  @RequiresPermission('tasker.task', 'update')
  @Action('Pause a task', 'Nothing more of it starts until it is resumed; what runs ends as it would.', ReasonBody)
  async pause(
    @Param('task_id') taskId: string,
    @RequestBody(ReasonBody) { reason }: ReasonBody,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return taskResource(await this.client.pauseTask(taskId, { reason, actor }));
  }

  @Post('resume')
  @RequiresPermission('tasker.task', 'update')
  @Action('Resume a task', 'One that is paused goes on.', ReasonBody)
  async resume(
    @Param('task_id') taskId: string,
    @RequestBody(ReasonBody) { reason }: ReasonBody,
    @Actor() actor: string,
  ): Promise<TaskResource> {
    return taskResource(await this.client.resumeTask(taskId, { reason, actor }));
  }
}
