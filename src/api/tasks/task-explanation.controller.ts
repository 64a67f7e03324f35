import { Controller, Get, Inject, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { MOST_STEPS } from '../../client/explanation/task-explaining.js';
import { TaskerClient } from '../../client/tasker-client.js';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsText, IsWholeNumber } from '../request/checks.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';
import { explanationResource, ExplanationResource } from './explanation.resource.js';

class ExplainQuery {
  @IsOptional() @IsText() step?: string;
  @IsOptional() @IsWholeNumber(1, MOST_STEPS, { text: true }) limit?: string;
}

@ApiTags('Tasks')
@ApiParam({ name: 'task_id', format: 'uuid' })
@Controller('tasks/:task_id/explain')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class TaskExplanationController {
  constructor(
    private readonly client: TaskerClient,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  @Get()
  @RequiresPermission('tasker.task', 'show')
  @ApiOperation({
    summary: 'Explain why a task is where it is',
    description:
      'For the task and each of its unfinished steps: why it is where it is, and what would move it. Of a task in error: ' +
      'what failed with what, and what would repair it. All of it is of one moment.',
  })
  @ApiQuery({ name: 'step', required: false, description: 'Only this one of the steps: its name or its id' })
  @ApiQuery({
    name: 'limit',
    required: false,
    type: Number,
    description: `Steps at most, 1 to ${MOST_STEPS}; 100 if not given`,
  })
  @ApiOkResponse({ type: ExplanationResource })
  @ApiProblems(400, 404)
  async explain(
    @Param('task_id') taskId: string,
    @RequestQuery(ExplainQuery) { step, limit }: ExplainQuery,
  ): Promise<ExplanationResource> {
    const explanation = await this.client.explain(taskId, {
      step,
      limit: limit === undefined ? undefined : Number(limit),
    });
    return explanationResource(explanation, this.config.http.prefix);
  }
}
