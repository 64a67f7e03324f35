import { Controller, Get, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { TaskerClient } from '../../client/tasker-client.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { IncludeWithStep, STEP_PARTS, type StepInclude } from '../tasks/task-include.js';
import { StepResource, stepResource, StepsResource } from './step.resource.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';

@ApiTags('Steps')
@ApiParam({ name: 'task_id', format: 'uuid' })
@ApiQuery({ name: 'include', enum: STEP_PARTS, isArray: true, explode: false, style: 'form', required: false })
@Controller('tasks/:task_id/workflow_steps')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class WorkflowStepsController {
  constructor(private readonly client: TaskerClient) {}

  @Get()
  @RequiresPermission('tasker.workflow_step', 'index')
  @ApiOperation({ summary: "List a task's steps", description: "In the template's order." })
  @ApiOkResponse({ type: StepsResource })
  @ApiProblems(400, 404)
  async list(@Param('task_id') taskId: string, @IncludeWithStep() include: StepInclude): Promise<StepsResource> {
    return { steps: (await this.client.getSteps(taskId, { include })).map(stepResource) };
  }

  @Get(':step')
  @RequiresPermission('tasker.workflow_step', 'show')
  @ApiOperation({ summary: 'Show a step' })
  @ApiParam({ name: 'step', description: 'Its id or its name', example: 'fetch_cart' })
  @ApiOkResponse({ type: StepResource })
  @ApiProblems(400, 404)
  async show(
    @Param('task_id') taskId: string,
    @Param('step') step: string,
    @IncludeWithStep() include: StepInclude,
  ): Promise<StepResource> {
    return stepResource(await this.client.getStep(taskId, step, { include }));
  }
}
