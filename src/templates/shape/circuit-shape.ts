import type { CircuitBreaker } from '../../core/circuit.js';
import { MAX_TIMEOUT_SECONDS } from '../quantities.js';
import { key, reader } from '../reader.js';
import type { Reader } from '../reader.js';
import { record } from '../record.js';
import { boolean, number, wholeFrom } from '../values.js';

const seconds = number({
  must: `a number of seconds from 0.001 to ${MAX_TIMEOUT_SECONDS}`,
  allows: (value) => value >= 0.001 && value <= MAX_TIMEOUT_SECONDS,
  jsonSchema: { minimum: 0.001, maximum: MAX_TIMEOUT_SECONDS },
});

const keys = record(
  {
    enabled: key('Whether the step waits while the system that it depends on fails for everybody', boolean, true),
    failure_threshold: key('So many failures in a row, over all workers, open the circuit', wholeFrom(1, 1_000)),
    reset_timeout_seconds: key('For how long the system is left alone', seconds),
  },
  { what: 'circuit_breaker' },
);

/** `handler_config.circuit_breaker`: what differs from the settings of the workers. */
export const circuitBreaker: Reader<CircuitBreaker> = reader(keys.jsonSchema, (written, label, reading) => {
  const fields = keys(written, label, reading);
  if (fields === undefined) return undefined;
  const { enabled = true, failure_threshold = null, reset_timeout_seconds: reset = null } = fields;
  return {
    enabled,
    failureThreshold: failure_threshold,
    resetTimeoutMs: reset === null ? null : Math.round(reset * 1000),
  };
});
