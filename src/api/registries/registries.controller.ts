import { Controller, Get, NotFoundException, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { didYouMean } from '../../core/suggest.js';
import { Registries, type AnyRegistry } from '../../registry/registries.js';
import { capabilitiesOf } from '../../registry/registered-step-handler.js';
import { StepHandlerRegistry } from '../../registry/step-handler.registry.js';
import { quoted } from '../../templates/written.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { RegistriesResource, RegistryResource, StepHandlersResource } from './registry.resource.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '../swagger.js';

class NoQuery {}

/** What this process has registered. */
@ApiTags('Registries')
@Controller()
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class RegistriesController {
  constructor(
    private readonly registries: Registries,
    private readonly handlers: StepHandlerRegistry,
  ) {}

  @Get('step_handlers')
  @RequiresPermission('tasker.registry', 'index')
  @ApiOperation({ summary: 'List the step handlers', description: 'Those that this process has, by name.' })
  @ApiOkResponse({ type: StepHandlersResource })
  @ApiProblems(400)
  stepHandlers(@RequestQuery(NoQuery) _query: NoQuery): StepHandlersResource {
    const handlers = this.handlers.list().map((registered) => ({
      name: registered.name,
      aliases: [...registered.aliases],
      class_name: registered.handler.constructor.name,
      names: [...registered.keys],
      capabilities: capabilitiesOf(registered),
      config_schema: registered.configSchema?.schema ?? null,
      dependent_system: registered.dependentSystem,
      isolation: registered.isolation,
    }));
    return { total: handlers.length, step_handlers: handlers.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  @Get('registries')
  @RequiresPermission('tasker.registry', 'index')
  @ApiOperation({ summary: 'List the registries with their figures and their health' })
  @ApiOkResponse({ type: RegistriesResource })
  @ApiProblems(400)
  list(@RequestQuery(NoQuery) _query: NoQuery): RegistriesResource {
    return { registries: this.registries.names().map((name) => resourceOf(name, this.registries.get(name)!)) };
  }

  @Get('registries/:name')
  @RequiresPermission('tasker.registry', 'show')
  @ApiOperation({ summary: 'Show a registry' })
  @ApiParam({ name: 'name', example: 'step_handlers' })
  @ApiOkResponse({ type: RegistryResource })
  @ApiProblems(400, 404)
  show(@Param('name') name: string, @RequestQuery(NoQuery) _query: NoQuery): RegistryResource {
    const registry = this.registries.get(name);
    if (registry) return resourceOf(name, registry);
    const known = this.registries.names();
    const hint = didYouMean(name.slice(0, 255), known) || ` There are ${known.join(', ')}.`;
    throw new NotFoundException(`There is no registry ${quoted(name)}.${hint}`);
  }
}

const resourceOf = (name: string, registry: AnyRegistry): RegistryResource => ({
  name,
  stats: registry.stats(),
  health: registry.healthCheck(),
});
