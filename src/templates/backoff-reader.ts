import { BACKOFF_KINDS, DEFAULT_BACKOFF } from '../core/backoff.js';
import type { BackoffKind, BackoffPolicy } from '../core/backoff.js';
import { number, oneOf, refuse } from './reader.js';
import type { Reader } from './reader.js';
import { record } from './record.js';
import { shown } from './written.js';

/** Longer spans, in seconds, are slips of the pen: a hundred years. */
export const MAX_SECONDS = 100 * 365 * 86_400;

interface BackoffFields {
  kind: BackoffKind;
  initial_delay: number;
  max_delay: number;
  multiplier: number;
  jitter: number;
}

const kind = oneOf(Object.fromEntries(BACKOFF_KINDS.map((each) => [each, each])) as Record<BackoffKind, BackoffKind>);

const seconds = number({
  must: 'a number of seconds, 0 or more',
  allows: (value) => value >= 0 && value <= MAX_SECONDS,
});

const fields = record<BackoffFields>(
  {
    kind,
    initial_delay: seconds,
    max_delay: seconds,
    multiplier: number({ must: 'a number from 1 to 1000', allows: (value) => value >= 1 && value <= 1000 }),
    jitter: number({ must: 'a number from 0 to 1', allows: (value) => value >= 0 && value <= 1 }),
  },
  { what: 'retry_backoff' },
);

/** `retry_backoff`: a kind with the default delays, or a map of delays in seconds. */
export const backoff: Reader<BackoffPolicy> = (written, label, reading) => {
  if (written.kind === 'list') {
    return refuse(
      written,
      `${label} must be one of ${BACKOFF_KINDS.join(', ')}, or a map of delays, but is a list`,
      reading,
    );
  }
  if (written.kind !== 'map') {
    const only = kind(written, label, reading);
    return only && { ...DEFAULT_BACKOFF, kind: only };
  }
  const given = fields(written, label, reading);
  if (given === undefined) return undefined;
  const baseMs = given.initial_delay === undefined ? DEFAULT_BACKOFF.baseMs : Math.round(given.initial_delay * 1000);
  const capMs =
    given.max_delay === undefined ? Math.max(baseMs, DEFAULT_BACKOFF.capMs) : Math.round(given.max_delay * 1000);
  const longest = written.entries.get('max_delay')?.value;
  if (longest && given.initial_delay !== undefined && capMs < baseMs) {
    return refuse(longest, `max_delay must not be less than initial_delay, but is ${shown(longest)}`, reading);
  }
  return {
    kind: given.kind ?? DEFAULT_BACKOFF.kind,
    // A cap below the default delay shortens that delay.
    baseMs: Math.min(baseMs, capMs),
    capMs,
    multiplier: given.multiplier ?? DEFAULT_BACKOFF.multiplier,
    jitter: given.jitter ?? DEFAULT_BACKOFF.jitter,
  };
};
