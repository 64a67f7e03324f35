import { Controller, Get, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { HealthStatus } from '../../health/health-status.js';
import { Readiness } from '../../health/readiness.js';
import { Open, RequiresPermission } from '../access/requires-permission.decorator.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { checksOf, healthStatusResource } from './health-view.js';
import { CheckResource, LivenessResource, ReadinessResource } from './health.resource.js';
import { HealthStatusResource } from './health-status.resource.js';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '../swagger.js';

interface Answer {
  status(code: number): unknown;
}

/** Asked by load balancers and orchestrators: live and ready need no credentials, and say nothing that is secret. */
@ApiTags('Health')
@ApiExtraModels(CheckResource)
@Controller('health')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly health: HealthStatus,
  ) {}

  @Get('live')
  @Open()
  @ApiOperation({ summary: 'Whether the process lives', description: 'The database is not asked.' })
  @ApiOkResponse({ type: LivenessResource })
  live(): LivenessResource {
    return { status: 'live' };
  }

  @Get('ready')
  @Open()
  @ApiOperation({ summary: 'Whether the process can work' })
  @ApiOkResponse({ type: ReadinessResource })
  @ApiServiceUnavailableResponse({ type: ReadinessResource })
  async ready(@Res({ passthrough: true }) answer: Answer): Promise<ReadinessResource> {
    const { ready, checks } = await this.readiness.check();
    answer.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not_ready', checks: checksOf(checks) };
  }

  @Get('status')
  @RequiresPermission('tasker.health_status', 'index', { spansNamespaces: true })
  @ApiOperation({
    summary: 'How this process and the whole cluster stand',
    description: '503 where a check is down. What could not be found out is null.',
  })
  @ApiOkResponse({ type: HealthStatusResource })
  @ApiServiceUnavailableResponse({ type: HealthStatusResource })
  async status(@Res({ passthrough: true }) answer: Answer): Promise<HealthStatusResource> {
    const report = await this.health.report();
    answer.status(report.status === 'unhealthy' ? 503 : 200);
    return healthStatusResource(report);
  }
}
