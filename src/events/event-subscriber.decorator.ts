import { Injectable, SetMetadata, applyDecorators } from '@nestjs/common';
import type { EventOf, EventPattern } from './event-pattern.js';

export const EVENT_SUBSCRIBER = 'tasker:event_subscriber';
export const ON_TASKER_EVENT = 'tasker:on_tasker_event';

export interface EventSubscriberOptions<Pattern extends EventPattern = EventPattern> {
  /** Events by name or alias, all of a category (`step.*`), or all (`*`). */
  events: readonly Pattern[];
  /** Events for which it answers false are not delivered. @default all are */
  filter?: (event: EventOf<Pattern>) => boolean;
  /** In the process that committed the fact, at most once. @default 'in_process' */
  delivery?: 'in_process';
}

/**
 * Marks a provider whose methods receive events: `task.completed` comes to `handleTaskCompleted` or
 * `handle_task_completed`, and what has no method of its own to `handle`.
 */
export const EventSubscriber = <const Pattern extends EventPattern>(options: EventSubscriberOptions<Pattern>) =>
  applyDecorators(Injectable(), SetMetadata(EVENT_SUBSCRIBER, options)) as ClassDecorator;

type Listener<Pattern extends EventPattern> = <Method extends (event: EventOf<Pattern>) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** Has a provider's method called with these events; it may stand on any provider or controller, and more than once. */
export const OnTaskerEvent =
  <const Pattern extends EventPattern>(...patterns: [Pattern, ...Pattern[]]): Listener<Pattern> =>
  (_target, _key, { value }) => {
    const earlier = (Reflect.getMetadata(ON_TASKER_EVENT, value as object) as EventPattern[] | undefined) ?? [];
    Reflect.defineMetadata(ON_TASKER_EVENT, [...earlier, ...patterns], value as object);
  };
