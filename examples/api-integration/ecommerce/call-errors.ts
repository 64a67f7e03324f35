import { PermanentError, RetryableError } from 'nest-tasker';

/** A call, as errors name it: without its query string, which may hold a key. */
export interface CallName {
  method: string;
  url: URL;
}

const ANSWER_KEPT_CHARACTERS = 500;

const nameOf = ({ method, url }: CallName): string => `${method} ${url.origin}${url.pathname}`;

/** What a step has to throw for an answer that is not a success: whether it may pass is told by the status. */
export function errorOfAnswer(call: CallName, response: Response, body: string): PermanentError | RetryableError {
  const { status } = response;
  const message = `${nameOf(call)} answered ${status}`;
  const errorCode = `HTTP_${status}`;
  const context = {
    method: call.method,
    path: call.url.pathname,
    status,
    answer: body.slice(0, ANSWER_KEPT_CHARACTERS),
  };

  if (status === 429 || status === 503) {
    const errorCategory = status === 429 ? 'rate_limit' : 'external_service';
    const retryAfter = response.headers.get('retry-after');
    return new RetryableError(message, { errorCode, errorCategory, retryAfter, context });
  }
  if (status === 408 || status >= 500) {
    return new RetryableError(message, { errorCode, errorCategory: 'external_service', context });
  }
  const errorCategory = status === 401 || status === 403 ? 'authorization' : 'invalid_request';
  return new PermanentError(message, { errorCode, errorCategory, context });
}

/**
 * What a step has to throw for a call without a usable answer: refused, cut, or not JSON. `fetch` rejects with a
 * TypeError there, which Tasker would take for a mistake in the program.
 */
export function errorOfConnection(call: CallName, cause: unknown): RetryableError {
  const reason =
    cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : String(cause);
  return new RetryableError(`${nameOf(call)} failed: ${reason}`, {
    errorCode: 'NETWORK_ERROR',
    errorCategory: 'network',
    context: { method: call.method, path: call.url.pathname },
    cause,
  });
}
