import { Controller, Get, UseFilters, UseInterceptors } from '@nestjs/common';
import { Analytics } from '../../analytics/analytics.service.js';
import type { Caller } from '../../auth/caller.js';
import { RequestCaller } from '../access/caller.decorator.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../swagger.js';
import { AnalyticsFilter, ApiAnalyticsQuery, requestOf } from './analytics.query.js';
import { BottlenecksResource, bottlenecksResource } from './bottlenecks.resource.js';
import { PerformanceResource, performanceResource } from './performance.resource.js';

/** How tasks and steps have done, of what the caller may see. */
@ApiTags('Analytics')
@Controller('analytics')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class AnalyticsController {
  constructor(private readonly analytics: Analytics) {}

  @Get('performance')
  @RequiresPermission('tasker.analytics', 'index')
  @ApiOperation({
    summary: 'Show throughput, rates, durations and waits',
    description: 'Of everything, by template and step, and over time. Counted up to this moment.',
  })
  @ApiAnalyticsQuery('Templates at most')
  @ApiOkResponse({ type: PerformanceResource })
  @ApiProblems(400)
  async performance(
    @RequestQuery(AnalyticsFilter) filter: AnalyticsFilter,
    @RequestCaller() caller: Caller,
  ): Promise<PerformanceResource> {
    return performanceResource(await this.analytics.performance(requestOf(filter, caller)));
  }

  @Get('bottlenecks')
  @RequiresPermission('tasker.analytics', 'index')
  @ApiOperation({
    summary: 'Show what is slowest, fails most, is retried most and waits longest',
    description: 'With what it fails with, and what the slowest tasks hang on. Counted up to this moment.',
  })
  @ApiAnalyticsQuery('Rows of each list at most')
  @ApiOkResponse({ type: BottlenecksResource })
  @ApiProblems(400)
  async bottlenecks(
    @RequestQuery(AnalyticsFilter) filter: AnalyticsFilter,
    @RequestCaller() caller: Caller,
  ): Promise<BottlenecksResource> {
    return bottlenecksResource(await this.analytics.bottlenecks(requestOf(filter, caller)));
  }
}
