import { Injectable, SetMetadata, applyDecorators } from '@nestjs/common';
import type { JsonObject } from '../core/json.js';
import type { DurableOptions } from './durable-options.js';
import type { EventFilter } from './event-filter.js';
import type { EventOf, Named } from './event-pattern.js';
import type { Delivery, Scope } from './subscriber-description.js';

export const EVENT_SUBSCRIBER = 'tasker:event_subscriber';
export const ON_TASKER_EVENT = 'tasker:on_tasker_event';

export interface EventSubscriberOptions<Pattern extends string = string> extends DurableOptions {
  /** Unique in the application; what templates and stored positions know it by. @default the class's name */
  name?: string;
  /**
   * Events by name or alias, all that begin alike (`step.*`, `order.*`), or all (`*`). May be left out where a file of
   * subscriptions names them.
   */
  events?: readonly (Pattern & Named<Pattern>)[];
  /** Events for which it answers false are not delivered: a function, or namespaces, names and a condition. @default all are */
  filter?: ((event: EventOf<Pattern>) => boolean) | EventFilter;
  /**
   * `in_process`: at once, at most once. `durable`: from the audit trail, at least once, in order per task, across
   * restarts. @default 'in_process'
   */
  delivery?: Delivery;
  /** `process`: facts that this process has committed. `cluster`: those of all; durable delivery always. @default 'process' */
  scope?: Scope;
  /** JSON Schema of the `config` that a file of subscriptions may give to the class's `configure`. @default any map */
  configSchema?: JsonObject;
}

/** A subscriber that a file of subscriptions may configure: called once, before the first event. */
export interface ConfigurableSubscriber<Config = JsonObject> {
  configure(config: Config): void;
}

/**
 * Marks a provider whose methods receive events: `task.completed` comes to `handleTaskCompleted` or
 * `handle_task_completed`, and what has no method of its own to `handle`.
 */
export const EventSubscriber = <const Pattern extends string>(options: EventSubscriberOptions<Pattern>) =>
  applyDecorators(Injectable(), SetMetadata(EVENT_SUBSCRIBER, options)) as ClassDecorator;

type Listener<Pattern extends string> = <Method extends (event: EventOf<Pattern>) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** Has a provider's method called with these events; it may stand on any provider or controller, and more than once. */
export const OnTaskerEvent =
  <const Pattern extends string>(
    ...patterns: [Pattern & Named<Pattern>, ...(Pattern & Named<Pattern>)[]]
  ): Listener<Pattern> =>
  (_target, _key, { value }) => {
    const earlier = (Reflect.getMetadata(ON_TASKER_EVENT, value as object) as string[] | undefined) ?? [];
    Reflect.defineMetadata(ON_TASKER_EVENT, [...earlier, ...patterns], value as object);
  };
