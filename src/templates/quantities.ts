import { ConditionError, parseCondition } from '../core/condition/condition.js';
import { DURATION_UNITS, secondsOf } from '../core/duration.js';
import type { JsonObject } from '../core/json.js';
import { reader, refuse } from './reader.js';
import type { Read, Reader } from './reader.js';
import { number, scalarBehind, text } from './values.js';
import { shown } from './written.js';

/** Longer spans, in seconds, are slips of the pen: a hundred years. */
export const MAX_SECONDS = 100 * 365 * 86_400;

/** Timers count milliseconds in 31 bits: about 24 days. */
export const MAX_TIMEOUT_SECONDS = 2_147_483;

/** Steps are retried at most so often, the first attempt included. */
export const MAX_RETRY_LIMIT = 32_000;

const MULTIPLES: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ...(['K', 'M', 'G', 'T'] as const).flatMap((letter, n): [string, number][] => [
    [letter, 1000 ** (n + 1)],
    [`${letter}B`, 1000 ** (n + 1)],
    [`${letter}I`, 1024 ** (n + 1)],
    [`${letter}IB`, 1024 ** (n + 1)],
  ]),
]);

/** A number of seconds that a task may last. */
export const spanOfSeconds = number({
  must: 'a number of seconds, more than 0',
  allows: (value) => value > 0 && value <= MAX_SECONDS,
  jsonSchema: { exclusiveMinimum: 0, maximum: MAX_SECONDS },
});

/** A number of seconds that an attempt may last. */
export const timeoutSeconds = number({
  must: `a number of seconds from 0.001 to ${MAX_TIMEOUT_SECONDS}`,
  allows: (value) => value >= 0.001 && value <= MAX_TIMEOUT_SECONDS,
  jsonSchema: { minimum: 0.001, maximum: MAX_TIMEOUT_SECONDS },
});

/** A span of time: a number of seconds, or a text such as `30d`; in seconds. */
export const duration: Reader<number> = measured(
  `a number of seconds, or a duration such as 30s, 15m, 24h, 30d (units ${DURATION_UNITS})`,
  { exclusiveMinimum: 0, maximum: MAX_SECONDS },
  (value) => (value > 0 && value <= MAX_SECONDS ? value : null),
  (value) => secondsOf(value),
);

/** An amount of memory: a number of bytes, or a text such as `512MB` or `1.5GiB`; in bytes. */
export const bytes: Reader<number> = measured(
  'a number of bytes, or an amount such as 512MB, 1.5GB or 2GiB',
  { minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  (value) => (value >= 1 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : null),
  (value) => {
    const [, count, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(value) ?? [];
    const multiple = MULTIPLES.get(unit?.toUpperCase() ?? '');
    return multiple === undefined ? null : Number(count) * multiple;
  },
);

/** A number of processors, or parts of one: `0.5`, or `500m` as Kubernetes writes it. */
export const processors: Reader<number> = measured(
  'a number of processors such as 0.5 or 2',
  { exclusiveMinimum: 0, maximum: 100_000 },
  (value) => (value > 0 && value <= 100_000 ? value : null),
  (value) => {
    const [, count, thousandths] = /^(\d+(?:\.\d+)?)(m?)$/.exec(value) ?? [];
    return count === undefined ? null : thousandths ? Number(count) / 1000 : Number(count);
  },
);

/** A number, or a text that `parse` makes one of; `fit` answers what is kept of it, or null. */
function measured(
  must: string,
  bounds: { [bound: string]: number },
  fit: (value: number) => number | null,
  parse: (value: string) => number | null,
): Reader<number> {
  return reader({ anyOf: [{ type: 'number', ...bounds }, { type: 'string' }] }, (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    const given = scalarBehind(written, reading);
    if (given === undefined) return undefined;
    const value = typeof given === 'string' ? (plainNumber(given) ?? parse(given)) : given;
    const kept = typeof value === 'number' ? fit(value) : null;
    return kept ?? refuse(written, `${label} must be ${must}, but is ${shown(written)}`, reading);
  });
}

const plainNumber = (value: string): number | null => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : null);

const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['low', -50],
  ['normal', 0],
  ['high', 50],
  ['critical', 100],
]);

const priorityNumber = number({
  must: `${[...PRIORITIES.keys()].join(', ')} or a whole number from -100 to 100`,
  allows: (value) => Number.isInteger(value) && Math.abs(value) <= 100,
  jsonSchema: { type: 'integer', minimum: -100, maximum: 100 },
});

/** −100 to 100, or a word that stands for one of these numbers. */
export const priority: Reader<number> = reader(
  { anyOf: [...(priorityNumber.jsonSchema.anyOf as JsonObject[]), { type: 'string', enum: [...PRIORITIES.keys()] }] },
  (written, label, reading) => {
    const given = scalarBehind(written, reading);
    const word = typeof given === 'string' ? PRIORITIES.get(given) : undefined;
    return word ?? priorityNumber(written, label, reading);
  },
);

const plainText = text();

const readCondition: Read<string> = (written, label, reading) => {
  const given = plainText(written, label, reading);
  if (given === undefined) return undefined;
  try {
    return parseCondition(given).text;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return refuse(written, `${label} is not a condition: ${error.message}`, reading);
  }
};

/** The text of a condition such as `amount > 1000 AND currency in ['USD', 'EUR']`. */
export const condition: Reader<string> = reader({ type: 'string', minLength: 1 }, readCondition);
