import { Controller, Get, Res, UseFilters } from '@nestjs/common';
import { Readiness } from '../../health/readiness.js';
import { Open } from '../access/requires-permission.decorator.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CheckResource, LivenessResource, ReadinessResource } from './health.resource.js';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '../swagger.js';

/** Asked by load balancers and orchestrators: needs no credentials, and says nothing that is secret. */
@ApiTags('Health')
@Controller('health')
@UseFilters(ProblemFilter)
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

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
  @ApiExtraModels(CheckResource)
  @ApiOkResponse({ type: ReadinessResource })
  @ApiServiceUnavailableResponse({ type: ReadinessResource })
  async ready(@Res({ passthrough: true }) answer: { status(code: number): unknown }): Promise<ReadinessResource> {
    const { ready, checks } = await this.readiness.check();
    answer.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not_ready', checks };
  }
}
