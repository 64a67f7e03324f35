import { parseCondition, type Condition } from '../core/condition/condition.js';
import type { AnyEvent } from './tasker-events.js';

/** Which events are wanted, in words. What is left out allows any; events that have no such fact are not wanted. */
export interface EventFilter {
  /** Of tasks in this namespace, or one of these. */
  namespace?: string | readonly string[];
  /** Of tasks of this name, or one of these. */
  name?: string | readonly string[];
  /** A condition over the payload: `execution_duration > 30s AND attempt >= 2`. */
  condition?: string;
}

export type EventTest = (event: AnyEvent) => boolean;

const KEYS = ['namespace', 'name', 'condition'] satisfies (keyof EventFilter)[];
export const FILTER_KEYS: readonly string[] = KEYS;

/**
 * The test that a filter stands for.
 *
 * @throws ConditionError where its condition is none
 */
export function eventTest({ namespace, name, condition }: EventFilter): EventTest {
  const tests: EventTest[] = [];
  if (namespace !== undefined) tests.push(isOneOf('namespace', namespace));
  if (name !== undefined) tests.push(isOneOf('task_name', name));
  if (condition !== undefined) tests.push(holds(parseCondition(condition)));
  return (event) => tests.every((test) => test(event));
}

function isOneOf(fact: string, wanted: string | readonly string[]): EventTest {
  const values = new Set<unknown>(typeof wanted === 'string' ? [wanted] : wanted);
  return (event) => values.has((event as Record<string, unknown>)[fact]);
}

const holds =
  (condition: Condition): EventTest =>
  (event) =>
    condition.evaluate(event as Record<string, unknown>);
