import {
  applyDecorators,
  Controller,
  Delete,
  Param,
  Patch,
  Put,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { StepAct } from '../../client/bulk-operator.js';
import { TaskerClient } from '../../client/tasker-client.js';
import { OF_STEP_ACTION } from '../access/permission-by-body.js';
import { RequiresPermission, RequiresPermissionByBody } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { Actor, ApiActor } from '../request/actor.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { JsonBodyGuard } from '../request/json-body.guard.js';
import { ReasonBody, ReasonToDelete } from '../request/reason.js';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';
import { RequestedAct } from './step-act.js';
import { StepActionBody } from './step-action.body.js';
import { StepResource, stepResource } from './step.resource.js';

const METHODS = {
  retry: 'retryStep',
  resolve: 'resolveStep',
  complete: 'completeStep',
  skip: 'skipStep',
  cancel: 'cancelStep',
  update: 'updateStep',
} as const satisfies Record<StepAct['action'], keyof TaskerClient>;

const Act = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Retry, resolve, complete or skip a step, or change it',
      description:
        '`retry`: it is tried again, attempts made so far do not count. `resolve`: it failed, and was settled elsewhere. ' +
        '`complete`: it has these results. `skip`: it is passed over. What depends on it goes on, and so does its task. ' +
        'A running attempt is told to stop, and what it brings is refused.',
    }),
    ApiBody({ type: StepActionBody }),
    ApiOkResponse({ type: StepResource }),
    ApiProblems(400, 404, 409, 413, 415),
  );

/** What operators do to a step. */
@ApiTags('Steps')
@ApiParam({ name: 'task_id', format: 'uuid' })
@ApiParam({ name: 'step', description: 'Its id or its name', example: 'fetch_cart' })
@ApiActor()
@Controller('tasks/:task_id/workflow_steps/:step')
@UseGuards(JsonBodyGuard)
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class StepActionsController {
  constructor(private readonly client: TaskerClient) {}

  @Patch()
  @RequiresPermissionByBody(...OF_STEP_ACTION)
  @Act()
  async act(
    @Param('task_id') taskId: string,
    @Param('step') step: string,
    @RequestedAct() { action, ...options }: StepAct,
  ): Promise<StepResource> {
    return stepResource(await this.client[METHODS[action]](taskId, step, options as never));
  }

  @Put()
  @RequiresPermissionByBody(...OF_STEP_ACTION)
  @Act()
  async put(
    @Param('task_id') taskId: string,
    @Param('step') step: string,
    @RequestedAct() act: StepAct,
  ): Promise<StepResource> {
    return this.act(taskId, step, act);
  }

  @Delete()
  @RequiresPermission('tasker.workflow_step', 'cancel')
  @ApiOperation({
    summary: 'Cancel a step',
    description: 'With all that depends on it. Where nothing else of its task is left to do, the task settles.',
  })
  @ApiQuery({ name: 'reason', required: false, description: 'As in the body' })
  @ApiBody({ type: ReasonBody, required: false })
  @ApiOkResponse({ type: StepResource })
  @ApiProblems(400, 404, 409, 415)
  async cancel(
    @Param('task_id') taskId: string,
    @Param('step') step: string,
    @ReasonToDelete() reason: string | undefined,
    @Actor() actor: string,
  ): Promise<StepResource> {
    return stepResource(await this.client.cancelStep(taskId, step, { reason, actor }));
  }
}
