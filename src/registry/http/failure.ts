import { STATUS_CODES } from 'node:http';
import { PermanentError, RetryableError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { HttpCall } from './call.js';
import { CallTimedOut } from './deadline.js';
import type { HttpAnswer } from './exchange.js';

/** Of an answer that is no success, kept with the error, in characters. */
const EXCERPT_LENGTH = 500;

/** What a step has to throw for an answer that is no success: the status tells whether it may pass. */
export function failureOfStatus(call: HttpCall, answer: HttpAnswer): PermanentError | RetryableError {
  const { status, headers, body } = answer;
  const { secrets } = call;
  const by = answer.url === call.url ? '' : `, redirected to ${secrets.nameOf(answer.url)},`;
  const message = `${nameOf(call)}${by} answered ${[status, STATUS_CODES[status] ?? []].flat().join(' ')}`;
  const options = {
    errorCode: `HTTP_${status}`,
    errorCategory: categoryOf(status),
    context: { ...factsOf(call), status, response_body: secrets.mask(body.toString('utf8'), EXCERPT_LENGTH) },
  };
  if (status === 429 || status === 503) {
    return new RetryableError(message, { ...options, retryAfter: headers['retry-after'] ?? null });
  }
  return status === 408 || status >= 500 ? new RetryableError(message, options) : new PermanentError(message, options);
}

/** What a step has to throw for a call that got no answer, or none that it could read to the end. */
export function failureOfConnection(call: HttpCall, error: unknown): Error {
  // a mistake in an agent, not in the network
  if ((error as Error).name === 'TypeError') return error as Error;
  if (error instanceof CallTimedOut) {
    return new RetryableError(`${nameOf(call)} gave ${error.message}`, {
      errorCode: 'HTTP_TIMEOUT',
      errorCategory: 'timeout',
      context: { ...factsOf(call), timeout_seconds: error.timeoutMs / 1000 },
    });
  }
  const { code = null, message = '' } = error as { code?: string | null; message?: string };
  if (code?.startsWith('Z_')) return malformed(call, `cannot be decompressed (${code})`);
  const reason = call.secrets.mask(message || code || String(error), EXCERPT_LENGTH);
  return new RetryableError(`${nameOf(call)} failed: ${reason}`, {
    errorCode: 'NETWORK_ERROR',
    errorCategory: 'network',
    context: { ...factsOf(call), network_code: code },
  });
}

/** What a step has to throw for a success whose body cannot be read: cut on the way, most likely. */
export function malformed(call: HttpCall, what: string): RetryableError {
  return new RetryableError(`${nameOf(call)} answered with a body that ${what}`, {
    errorCode: 'RESPONSE_MALFORMED',
    errorCategory: 'external_service',
    context: factsOf(call),
  });
}

/** What a step has to throw for a success that is longer than the handler takes. */
export function tooLarge(call: HttpCall, maxBytes: number): PermanentError {
  return new PermanentError(
    `${nameOf(call)} answered with more than ${maxBytes} bytes. Ask for less, or raise maxResponseBytes of the handler.`,
    { errorCode: 'RESPONSE_TOO_LARGE', errorCategory: 'external_service', context: factsOf(call) },
  );
}

function categoryOf(status: number): string {
  if (status === 429) return 'rate_limit';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 401 || status === 403) return 'authorization';
  return status >= 500 ? 'external_service' : 'invalid_request';
}

const nameOf = ({ method, url, secrets }: HttpCall): string => `${method} ${secrets.nameOf(url)}`;

const factsOf = ({ method, url, secrets }: HttpCall): JsonObject => ({ method, url: secrets.nameOf(url) });
