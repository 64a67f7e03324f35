import { Controller, Get, Param, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { mermaid } from '../../client/mermaid.js';
import { TaskerClient } from '../../client/tasker-client.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsOneOf } from '../request/checks.js';
import { CorrelationInterceptor, type HeaderWriter } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { DiagramResource } from './diagram.resource.js';
import { transitionResource, TransitionsResource } from './transition.resource.js';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags, getSchemaPath } from '../swagger.js';

const FORMATS = ['mermaid', 'json'] as const;

class DiagramQuery {
  @IsOptional() @IsOneOf(FORMATS) format?: (typeof FORMATS)[number];
}

class NoQuery {}

@ApiTags('Tasks')
@ApiParam({ name: 'task_id', format: 'uuid' })
@Controller('tasks/:task_id')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class TaskHistoryController {
  constructor(private readonly client: TaskerClient) {}

  @Get('diagram')
  @ApiOperation({ summary: "Draw a task's steps in their states" })
  @ApiExtraModels(DiagramResource)
  @ApiQuery({ name: 'format', enum: FORMATS, required: false, description: 'mermaid if not given' })
  @ApiOkResponse({
    description: 'A Mermaid flowchart, or with `format=json` its nodes and edges',
    content: {
      'text/plain': { schema: { type: 'string' } },
      'application/json': { schema: { $ref: getSchemaPath(DiagramResource) } },
    },
  })
  @ApiProblems(400, 404)
  async diagram(
    @Param('task_id') taskId: string,
    @RequestQuery(DiagramQuery) { format }: DiagramQuery,
    @Res({ passthrough: true }) answer: HeaderWriter,
  ): Promise<string | DiagramResource> {
    const diagram = await this.client.getDiagram(taskId);
    if (format === 'json') return diagram;
    answer.header('Content-Type', 'text/plain; charset=utf-8');
    return mermaid(diagram);
  }

  @Get('transitions')
  @ApiOperation({ summary: "Show a task's audit trail" })
  @ApiOkResponse({ type: TransitionsResource })
  @ApiProblems(400, 404)
  async transitions(
    @Param('task_id') taskId: string,
    @RequestQuery(NoQuery) _query: NoQuery,
  ): Promise<TransitionsResource> {
    return { transitions: (await this.client.getTransitions(taskId)).map(transitionResource) };
  }
}
