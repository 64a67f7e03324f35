import {
  SUBSCRIPTION_STATES,
  type ParkedEvent,
  type SubscriptionFigures,
  type SubscriptionState,
} from '../../persistence/stores/subscriptions.js';
import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

@ApiSchema({ name: 'Subscription', description: 'A durable subscription, and how it stands' })
export class SubscriptionResource {
  @ApiProperty({ example: 'billing' }) name!: string;
  @ApiProperty({ enum: SUBSCRIPTION_STATES }) state!: SubscriptionState;
  @ApiProperty({ type: [String], example: ['task.completed'] }) events!: string[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The process that delivers; null where none does, or there has been nothing to deliver for a while',
  })
  holder!: string | null;
  @ApiProperty({ type: 'integer', description: 'Rows of the audit trail that it has not read yet' }) lag_rows!: number;
  @ApiProperty({ description: 'Age of the oldest of these' }) lag_seconds!: number;
  @ApiProperty({ type: 'integer', description: 'Events that are to be tried again, and those that wait behind them' })
  waiting!: number;
  @ApiProperty({ type: 'integer', description: 'Events that were given up' }) parked!: number;
  @Time('Null where nothing is parked') oldest_parked_at!: string | null;
  @Time() created_at!: string;
  @Time('When it last got any further; null before the first time') moved_at!: string | null;
}

@ApiSchema({ name: 'Subscriptions' })
export class SubscriptionsResource {
  @ApiProperty({ type: [SubscriptionResource] }) subscriptions!: SubscriptionResource[];
}

@ApiSchema({ name: 'DeliveryError' })
export class DeliveryErrorResource {
  @ApiProperty() message!: string;
  @ApiProperty() error_class!: string;
}

@ApiSchema({ name: 'ParkedEvent', description: 'An event that a subscriber has not taken in all of its attempts' })
export class ParkedEventResource {
  @ApiProperty({ example: '4711-0-5f2b8c1d' }) event_id!: string;
  @ApiProperty({ example: 'task.completed' }) event!: string;
  @ApiProperty({ format: 'uuid', description: 'The task that it is about, or the alert' }) task_id!: string;
  @ApiProperty({ type: 'integer' }) attempts!: number;
  @ApiProperty({ type: DeliveryErrorResource, nullable: true }) error!: DeliveryErrorResource | null;
  @Time() parked_at!: string;
}

@ApiSchema({ name: 'ParkedEvents' })
export class ParkedEventsResource {
  @ApiProperty({ type: [ParkedEventResource] }) parked!: ParkedEventResource[];
  @ApiProperty({ type: String, nullable: true, description: 'For `after`: there may be more' })
  next_after!: string | null;
}

@ApiSchema({ name: 'Redrive' })
export class RedriveResource {
  @ApiProperty({ type: 'integer', description: 'How many events are delivered again' }) redriven!: number;
}

export const subscriptionResource = (figures: SubscriptionFigures): SubscriptionResource => ({
  name: figures.name,
  state: figures.state,
  events: figures.events,
  holder: figures.holder,
  lag_rows: figures.lagRows,
  lag_seconds: figures.lagSeconds,
  waiting: figures.waiting,
  parked: figures.parked,
  oldest_parked_at: figures.oldestParkedAt?.toISOString() ?? null,
  created_at: figures.createdAt.toISOString(),
  moved_at: figures.movedAt?.toISOString() ?? null,
});

export const parkedEventResource = (event: ParkedEvent): ParkedEventResource => ({
  event_id: event.eventId,
  event: event.event,
  task_id: event.taskId,
  attempts: event.attempts,
  error: event.error,
  parked_at: event.parkedAt.toISOString(),
});
