import { Controller, Delete, Get, HttpCode, Param, Post, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { DeliveryService } from '../../delivery/delivery.service.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsText, IsWholeNumber } from '../request/checks.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '../swagger.js';
import {
  parkedEventResource,
  ParkedEventsResource,
  RedriveResource,
  subscriptionResource,
  SubscriptionResource,
  SubscriptionsResource,
} from './subscription.resource.js';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;

class ParkedQuery {
  @IsOptional() @IsWholeNumber(1, MOST, { text: true }) limit?: string;
  @IsOptional() @IsText() after?: string;
}

class NoQuery {}

/** A subscriber is sent events of all namespaces. */
const SPANS = { spansNamespaces: true };
const NAME = { name: 'name', example: 'billing' };

/** Durable subscriptions: how far each is, and the events that their subscribers have not taken. */
@ApiTags('Subscriptions')
@Controller('subscriptions')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class SubscriptionsController {
  constructor(private readonly delivery: DeliveryService) {}

  @Get()
  @RequiresPermission('tasker.subscription', 'index', SPANS)
  @ApiOperation({ summary: 'List the durable subscriptions' })
  @ApiOkResponse({ type: SubscriptionsResource })
  @ApiProblems(400)
  async list(@RequestQuery(NoQuery) _query: NoQuery): Promise<SubscriptionsResource> {
    return { subscriptions: (await this.delivery.list()).map(subscriptionResource) };
  }

  @Get(':name')
  @RequiresPermission('tasker.subscription', 'show', SPANS)
  @ApiOperation({ summary: 'Show a durable subscription' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: SubscriptionResource })
  @ApiProblems(400, 404)
  async show(@Param('name') name: string, @RequestQuery(NoQuery) _query: NoQuery): Promise<SubscriptionResource> {
    return subscriptionResource(await this.delivery.get(name));
  }

  @Delete(':name')
  @RequiresPermission('tasker.subscription', 'delete', SPANS)
  @HttpCode(204)
  @ApiOperation({
    summary: 'Forget a subscription',
    description: 'With its position and all that waits or is parked. For one that no process runs any more.',
  })
  @ApiParam(NAME)
  @ApiResponse({ status: 204 })
  @ApiProblems(400, 404)
  async remove(@Param('name') name: string): Promise<void> {
    await this.delivery.remove(name);
  }

  @Post(':name/pause')
  @RequiresPermission('tasker.subscription', 'update', SPANS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Pause a subscription', description: 'Nothing is delivered; its position stays.' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: SubscriptionResource })
  @ApiProblems(404)
  async pause(@Param('name') name: string): Promise<SubscriptionResource> {
    return subscriptionResource(await this.delivery.pause(name));
  }

  @Post(':name/resume')
  @RequiresPermission('tasker.subscription', 'update', SPANS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume a subscription' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: SubscriptionResource })
  @ApiProblems(404)
  async resume(@Param('name') name: string): Promise<SubscriptionResource> {
    return subscriptionResource(await this.delivery.resume(name));
  }

  @Get(':name/parked')
  @RequiresPermission('tasker.subscription', 'show', SPANS)
  @ApiOperation({ summary: 'List the events that were given up', description: 'In the order in which they happened.' })
  @ApiParam(NAME)
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MOST, default: DEFAULT_LIMIT },
  })
  @ApiQuery({ name: 'after', required: false, description: 'The `next_after` of the page before' })
  @ApiOkResponse({ type: ParkedEventsResource })
  @ApiProblems(400, 404)
  async parked(
    @Param('name') name: string,
    @RequestQuery(ParkedQuery) { limit = String(DEFAULT_LIMIT), after }: ParkedQuery,
  ): Promise<ParkedEventsResource> {
    const parked = await this.delivery.parked(name, { limit: Number(limit), after });
    const isFull = parked.length === Number(limit);
    return { parked: parked.map(parkedEventResource), next_after: isFull ? parked.at(-1)!.eventId : null };
  }

  @Post(':name/parked/redrive')
  @RequiresPermission('tasker.subscription', 'update', SPANS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Deliver all parked events again' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: RedriveResource })
  @ApiProblems(404)
  async redriveAll(@Param('name') name: string): Promise<RedriveResource> {
    return { redriven: await this.delivery.redrive(name) };
  }

  @Post(':name/parked/:event_id/redrive')
  @RequiresPermission('tasker.subscription', 'update', SPANS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Deliver a parked event again' })
  @ApiParam(NAME)
  @ApiParam({ name: 'event_id', example: '4711-0-5f2b8c1d' })
  @ApiOkResponse({ type: RedriveResource })
  @ApiProblems(404)
  async redrive(@Param('name') name: string, @Param('event_id') eventId: string): Promise<RedriveResource> {
    return { redriven: await this.delivery.redrive(name, eventId) };
  }
}
