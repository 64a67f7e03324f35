import { Controller, Get, Headers, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { CONTENT_TYPES, expose } from '../../metrics/exposition.js';
import { Instruments } from '../../metrics/instruments.js';
import { negotiate } from '../../metrics/negotiation.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CorrelationInterceptor, type HeaderWriter } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../swagger.js';

class NoQuery {}

/** Scraped by Prometheus, from each process: those that only run steps have this route too. */
@ApiTags('Metrics')
@Controller('metrics')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class MetricsController {
  constructor(private readonly instruments: Instruments) {}

  @Get()
  @RequiresPermission('tasker.metrics', 'index', { spansNamespaces: true })
  @ApiOperation({
    summary: 'Show the figures of this process, and what waits in the database, for Prometheus',
    description: 'OpenMetrics 1.0 where `Accept` asks for `application/openmetrics-text`, else the text format 0.0.4.',
  })
  @ApiOkResponse({
    description: 'What could not be found out is left out; `tasker_probe_up` says so',
    content: {
      'text/plain': { schema: { type: 'string' } },
      'application/openmetrics-text': { schema: { type: 'string' } },
    },
  })
  @ApiProblems(400)
  async show(
    @Headers('accept') accept: string | undefined,
    @RequestQuery(NoQuery) _query: NoQuery,
    @Res({ passthrough: true }) answer: HeaderWriter,
  ): Promise<string> {
    const format = negotiate(accept);
    const text = expose(await this.instruments.collect(), format);
    answer.header('Content-Type', CONTENT_TYPES[format]);
    answer.header('Vary', 'Accept');
    return text;
  }
}
