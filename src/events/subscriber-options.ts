import { ConditionError } from '../core/condition/condition.js';
import { didYouMean } from '../core/suggest.js';
import { durableProblems } from './durable-options.js';
import { eventTest, FILTER_KEYS, type EventFilter } from './event-filter.js';
import type { EventSubscriberOptions } from './event-subscriber.decorator.js';
import { DELIVERIES, SCOPES } from './subscriber-description.js';

const OPTIONS = [
  'name',
  'events',
  'filter',
  'delivery',
  'scope',
  'startFrom',
  'retry',
  'configSchema',
] satisfies (keyof EventSubscriberOptions)[];

/**
 * Everything that is wrong with what a subscriber's class is decorated with.
 *
 * @param alone - no file of subscriptions names events for it
 */
export function optionProblems(options: unknown, alone: boolean): string[] {
  if (typeof options !== 'object' || options === null) return ['needs { events: [...] }.'];
  const { name, events, filter, delivery, scope, configSchema } = options as Record<string, unknown>;
  const problems = unknownKeys(options, OPTIONS, 'option');
  const isList = Array.isArray(events) && events.length > 0 && events.every((event) => typeof event === 'string');
  if (alone ? !isList : events !== undefined && !isList) {
    problems.push('"events" must list the names of events, at least one.');
  }
  if (name !== undefined && (typeof name !== 'string' || name === '')) problems.push('"name" must be a text.');
  problems.push(...filterProblems(filter), ...notOneOf('delivery', delivery, DELIVERIES));
  problems.push(...notOneOf('scope', scope, SCOPES));
  problems.push(...durableProblems(options as Record<string, unknown>, delivery === 'durable' || !alone));
  if (configSchema !== undefined && (typeof configSchema !== 'object' || configSchema === null)) {
    problems.push('"configSchema" must be a JSON Schema.');
  }
  return problems;
}

function filterProblems(filter: unknown): string[] {
  if (filter === undefined || typeof filter === 'function') return [];
  if (typeof filter !== 'object' || filter === null) {
    return ['"filter" must be a function, or { namespace, name, condition }.'];
  }
  const problems = unknownKeys(filter, FILTER_KEYS, 'filter');
  const { namespace, name, condition } = filter as Record<string, unknown>;
  for (const [key, value] of Object.entries({ namespace, name })) {
    if (value !== undefined && !isText(value) && !(Array.isArray(value) && value.every(isText))) {
      problems.push(`"filter.${key}" must be a text, or a list of texts.`);
    }
  }
  if (condition !== undefined && !isText(condition)) problems.push('"filter.condition" must be a text.');
  return problems.length > 0 ? problems : conditionProblems(filter);
}

function conditionProblems(filter: EventFilter): string[] {
  try {
    eventTest(filter);
    return [];
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return [`"filter.condition" is no condition, ${error.message}`];
  }
}

const unknownKeys = (given: object, known: readonly string[], what: string): string[] =>
  Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `has no ${what} "${key}".${didYouMean(key, known)}`);

function notOneOf(key: string, value: unknown, allowed: readonly string[]): string[] {
  if (value === undefined || allowed.includes(value as string)) return [];
  return [`"${key}" must be ${allowed.map((each) => `"${each}"`).join(' or ')}.`];
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
