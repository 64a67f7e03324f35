import { Controller, Get, Param, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { diagramHtml } from '../../client/diagram-html.js';
import { diagramSvg } from '../../client/diagram-svg.js';
import { mermaid } from '../../client/mermaid.js';
import { TaskerClient } from '../../client/tasker-client.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsOneOf } from '../request/checks.js';
import { CorrelationInterceptor, type HeaderWriter } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { DiagramResource } from './diagram.resource.js';
import { transitionResource, TransitionsResource } from './transition.resource.js';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags, getSchemaPath } from '../swagger.js';

const FORMATS = ['mermaid', 'json', 'svg', 'html'] as const;

/** A picture opened in a browser loads nothing and runs nothing. */
const HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

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
  @RequiresPermission('tasker.task', 'show')
  @ApiOperation({ summary: "Draw a task's steps in their states" })
  @ApiExtraModels(DiagramResource)
  @ApiQuery({ name: 'format', enum: FORMATS, required: false, description: 'mermaid if not given' })
  @ApiOkResponse({
    description: 'A Mermaid flowchart; its nodes and edges, an image, or a page with that image, by `format`',
    content: {
      'text/plain': { schema: { type: 'string' } },
      'application/json': { schema: { $ref: getSchemaPath(DiagramResource) } },
      'image/svg+xml': { schema: { type: 'string' } },
      'text/html': { schema: { type: 'string' } },
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
    answer.header('X-Content-Type-Options', 'nosniff');
    answer.header('Content-Security-Policy', HARMLESS);
    if (format === 'svg') return typed(answer, 'image/svg+xml', diagramSvg(diagram));
    if (format !== 'html') return typed(answer, 'text/plain', mermaid(diagram));
    const { fullName } = await this.client.getTask(taskId);
    return typed(answer, 'text/html', diagramHtml(diagram, `${fullName} ${taskId.toLowerCase()}`));
  }

  @Get('transitions')
  @RequiresPermission('tasker.task', 'show')
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

function typed(answer: HeaderWriter, type: string, text: string): string {
  answer.header('Content-Type', `${type}; charset=utf-8`);
  return text;
}
