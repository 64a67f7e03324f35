import { Controller, Get, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { AlertService } from '../../alerts/alert.service.js';
import type { Caller } from '../../auth/caller.js';
import { ALERT_SEVERITIES, type AlertSeverity } from '../../core/template-policies.js';
import { ALERT_STATES, type AlertState, type AlertStatus } from '../../persistence/stores/alerts.js';
import { TemplateCatalog } from '../../persistence/template-catalog.js';
import { RequestCaller } from '../access/caller.decorator.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsOneOf, IsText } from '../request/checks.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '../swagger.js';
import { alertResource, AlertsResource, evaluationResource } from './alert.resource.js';

class AlertsQuery {
  @IsOptional() @IsText() namespace?: string;
  @IsOptional() @IsOneOf(ALERT_STATES) state?: AlertState;
  @IsOptional() @IsOneOf(ALERT_SEVERITIES) severity?: AlertSeverity;
}

/** The alerts of all processes, and how they stand. */
@ApiTags('Alerts')
@Controller('alerts')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class AlertsController {
  constructor(
    private readonly alerts: AlertService,
    private readonly catalog: TemplateCatalog,
  ) {}

  @Get()
  @RequiresPermission('tasker.alert', 'index')
  @ApiOperation({
    summary: 'List the alerts and how they stand',
    description:
      'Those that fire first. Callers see those about templates whose tasks they may see; those who are limited to namespaces, none about all of them.',
  })
  @ApiQuery({ name: 'namespace', required: false, description: 'Only those about this namespace' })
  @ApiQuery({ name: 'state', required: false, enum: ALERT_STATES })
  @ApiQuery({ name: 'severity', required: false, enum: ALERT_SEVERITIES })
  @ApiOkResponse({ type: AlertsResource })
  @ApiProblems(400)
  async list(
    @RequestQuery(AlertsQuery) { namespace, state, severity }: AlertsQuery,
    @RequestCaller() caller: Caller,
  ): Promise<AlertsResource> {
    const { namespaces } = caller;
    const found = await this.alerts.list({ namespaces, namespace, state, severity });
    const visible = await Promise.all(found.map((alert) => this.isFor(caller, alert)));
    const alerts = found.filter((_, n) => visible[n]).map(alertResource);
    return { alerts, evaluation: evaluationResource(this.alerts.health) };
  }

  /** Figures of a template that is for some roles are for these, too. */
  private async isFor(caller: Caller, { namespace, template, definition }: AlertStatus): Promise<boolean> {
    if (namespace === null || template === null) return true;
    const entry = await this.catalog.find(namespace, template, definition.version ?? undefined);
    return entry === null || caller.sees(entry.template);
  }
}
