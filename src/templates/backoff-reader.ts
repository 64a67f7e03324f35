import { BACKOFF_KINDS, DEFAULT_BACKOFF } from '../core/backoff.js';
import type { BackoffKind, BackoffPolicy } from '../core/backoff.js';
import type { JsonObject } from '../core/json.js';
import { MAX_SECONDS } from './quantities.js';
import { key, reader, refuse } from './reader.js';
import type { Reader } from './reader.js';
import { record } from './record.js';
import { number, numberFrom, wordOf } from './values.js';
import { shown } from './written.js';

const kind: Reader<BackoffKind> = wordOf(BACKOFF_KINDS);

const seconds = number({
  must: 'a number of seconds, 0 or more',
  allows: (value) => value >= 0 && value <= MAX_SECONDS,
  jsonSchema: { minimum: 0, maximum: MAX_SECONDS },
});

const share = numberFrom(0, 1);

/** A share, or whether there is any: `true` is the default one. */
const jitter: Reader<number> = reader(
  { anyOf: [{ type: 'boolean' }, ...(share.jsonSchema.anyOf as JsonObject[])] },
  (written, label, reading) =>
    written.kind === 'scalar' && typeof written.value === 'boolean'
      ? written.value
        ? DEFAULT_BACKOFF.jitter
        : 0
      : share(written, label, reading),
);

const fields = record(
  {
    kind: key('How delays grow from attempt to attempt', kind, 'exponential'),
    initial_delay: key('Delay before the second attempt, in seconds', seconds, 1),
    max_delay: key('No delay is longer, in seconds; by default 30, or initial_delay where that is more', seconds),
    multiplier: key('Growth per attempt of the exponential kind', numberFrom(1, 1000), 2),
    jitter: key('Share by which a delay may differ to either side, or whether it does', jitter, 0.1),
  },
  { what: 'retry_backoff' },
);

/** `retry_backoff`: a kind with the default delays, or a map of delays in seconds. */
export const backoff: Reader<BackoffPolicy> = reader(
  { anyOf: [...(kind.jsonSchema.anyOf as JsonObject[]), fields.jsonSchema] },
  (written, label, reading) => {
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
  },
);
