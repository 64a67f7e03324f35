import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { RetryableError } from '../../core/errors.js';

export interface Message {
  url: URL;
  headers: Record<string, string>;
  body: string;
}

export interface Answer {
  status: number;
  retryAfter: string | undefined;
  /** The beginning of it. */
  body: string;
}

const MOST_OF_ANSWER = 10_000;

/**
 * Posts a message, and reads the answer whatever it is.
 *
 * @param service - whom it goes to, for messages: neither address nor content is ever told, as they may hold secrets
 * @throws RetryableError where there is no answer
 */
export function post(
  service: string,
  { url, headers, body }: Message,
  timeoutMs: number,
  ended?: AbortSignal,
): Promise<Answer> {
  const late = AbortSignal.timeout(timeoutMs);
  const signal = ended ? AbortSignal.any([late, ended]) : late;
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }): void => {
      const reason = late.aborted ? `no answer within ${timeoutMs} ms` : (error.code ?? error.message);
      const errorCode = late.aborted ? 'ETIMEDOUT' : (error.code ?? 'UNREACHABLE');
      reject(new RetryableError(`${service} could not be reached: ${reason}`, { errorCode }));
    };
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const length = String(Buffer.byteLength(body));
    const outgoing = send(url, {
      method: 'POST',
      headers: { 'User-Agent': 'nest-tasker', ...headers, 'Content-Length': length },
      signal,
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += text.length < MOST_OF_ANSWER ? chunk : ''));
      incoming.on('error', fail);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, retryAfter: incoming.headers['retry-after'], body: text }),
      );
    });
    outgoing.end(body);
  });
}
