import type { EventInfo } from '../../events/event-catalog.js';

/** A method of a subscriber: what it is called for, and what it says in the log. */
export interface EventMethod {
  name: string;
  /** Names and patterns that come to it. */
  patterns: string[];
  /** One that does, with its example. */
  sample: EventInfo;
  /** Facts that all of its events have, each a text. */
  facts: string[];
  level: 'log' | 'warn';
}

/** The method that an event's name leads to. */
export const methodOf = (event: string): string =>
  `handle${event
    .split(/[._-]/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`;

/** @param events - all that come to the method, at least one */
export function eventMethod(name: string, patterns: string[], events: readonly EventInfo[]): EventMethod {
  const [first, ...others] = events.map(textFacts);
  const facts = first!.filter((fact) => others.every((other) => other.includes(fact)));
  return { name, patterns, sample: events[0]!, facts, level: events.every(isFailure) ? 'warn' : 'log' };
}

/** Facts that every payload has, and that are a text. */
function textFacts({ payload_schema }: EventInfo): string[] {
  const { required = [], properties = {} } = payload_schema as {
    required?: string[];
    properties?: Record<string, { type?: unknown }>;
  };
  return required.filter((fact) => properties[fact]?.type === 'string');
}

const isFailure = (event: EventInfo): boolean =>
  textFacts(event).includes('error_message') || /\.(failed|lost)$/.test(event.name);
