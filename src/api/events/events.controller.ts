import { Controller, Get, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { EVENT_CATEGORIES, EventCatalog } from '../../events/event-catalog.js';
import type { EventCategory } from '../../events/event-pattern.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsOneOf, IsText } from '../request/checks.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { eventResource, EventResource, EventsResource } from './event.resource.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';

class EventsQuery {
  @IsOptional() @IsOneOf(EVENT_CATEGORIES) category?: EventCategory;
  @IsOptional() @IsText() search?: string;
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
  @ApiOperation({ summary: 'List the events that the engine publishes' })
  @ApiQuery({ name: 'category', enum: EVENT_CATEGORIES, required: false })
  @ApiQuery({ name: 'search', required: false, description: 'Words of the name or the description' })
  @ApiOkResponse({ type: EventsResource })
  @ApiProblems(400)
  list(@RequestQuery(EventsQuery) { category, search = '' }: EventsQuery): EventsResource {
    const found = this.catalog.search(search);
    return {
      events: found.filter((event) => category === undefined || event.category === category).map(eventResource),
    };
  }

  @Get(':name')
  @ApiOperation({ summary: 'Show an event, with the schema of its payload' })
  @ApiParam({ name: 'name', description: 'Its name or its alias', example: 'task.completed' })
  @ApiOkResponse({ type: EventResource })
  @ApiProblems(400, 404)
  show(@Param('name') name: string, @RequestQuery(NoQuery) _query: NoQuery): EventResource {
    return eventResource(this.catalog.eventInfo(name));
  }
}
