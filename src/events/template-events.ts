import type { Json } from '../core/json.js';
import { masked } from '../core/masking.js';
import type { TaskTemplate } from '../core/template.js';
import { isSystemEvent } from './event-name.js';

/** What a template says of the events of its tasks. */
export interface Publication {
  /** Whether an event is published. What handlers publish always is. */
  publishes(event: string): boolean;
  /** Names of the subscribers that an event goes to besides those that subscribe to it. */
  routesOf(event: string): readonly string[];
  /** A payload without the values that the template hides. */
  shown<Payload extends object>(payload: Payload): Payload;
}

const NOWHERE: readonly string[] = [];

/** Of templates that say nothing, which is most. */
const EVERYTHING: Publication = { publishes: () => true, routesOf: () => NOWHERE, shown: (payload) => payload };

/** What a template's `events`, `settings.event_publishing` and `security` come to. */
export function publicationOf({ events, security }: Pick<TaskTemplate, 'events' | 'security'>): Publication {
  const { publishing, publish, routes } = events;
  const hidden = security.maskedFields;
  const isPlain = publishing && routes.length === 0 && hidden.length === 0 && Object.keys(publish).length === 0;
  if (isPlain) return EVERYTHING;
  const sinks = new Map<string, readonly string[]>();
  for (const { event, publishTo } of routes)
    sinks.set(event, [...new Set([...(sinks.get(event) ?? []), ...publishTo])]);
  return {
    publishes: (event) => !isSystemEvent(event) || (publish[event] ?? publishing),
    routesOf: (event) => sinks.get(event) ?? NOWHERE,
    shown: (payload) => masked(payload as unknown as Json, hidden) as unknown as typeof payload,
  };
}
