import { Controller, Get, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { EventCatalog } from '../../events/event-catalog.js';
import { CATALOG_CATEGORIES, type CatalogCategory } from '../../events/event-name.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsOneOf, IsText } from '../request/checks.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { eventResource, EventResource, EventsResource } from './event.resource.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';

class EventsQuery {
  @IsOptional() @IsOneOf(CATALOG_CATEGORIES) category?: CatalogCategory;
  @IsOptional() @IsText() q?: string;
}

class NoQuery {}

/** The catalog of events, so that subscribers can be written without reading the engine. */
@ApiTags('Events')
@Controller('events')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class EventsController {
  constructor(private readonly catalog: EventCatalog) {}

  @Get()
  @RequiresPermission('tasker.event', 'index')
  @ApiOperation({ summary: 'List the events that the engine and handlers publish' })
  @ApiQuery({ name: 'category', enum: CATALOG_CATEGORIES, required: false })
  @ApiQuery({ name: 'q', required: false, description: 'Words of the name or the description' })
  @ApiOkResponse({ type: EventsResource })
  @ApiProblems(400)
  list(@RequestQuery(EventsQuery) { category, q = '' }: EventsQuery): EventsResource {
    return { events: this.catalog.searchEvents(q, category).map(eventResource) };
  }

  @Get(':name')
  @RequiresPermission('tasker.event', 'show')
  @ApiOperation({ summary: 'Show an event, with the schema of its payload' })
  @ApiParam({ name: 'name', description: 'Its name or its alias', example: 'task.completed' })
  @ApiOkResponse({ type: EventResource })
  @ApiProblems(400, 404)
  show(@Param('name') name: string, @RequestQuery(NoQuery) _query: NoQuery): EventResource {
    return eventResource(this.catalog.eventInfo(name));
  }
}
