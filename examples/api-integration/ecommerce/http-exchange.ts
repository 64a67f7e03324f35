import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ShopAnswer } from './routes.js';

const BODY_LIMIT_BYTES = 1_048_576;

/** A request that is not understood; answered with 400. */
export class BadRequestError extends Error {}

/** A header that may come once; null where it is missing. */
export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

/**
 * The JSON body of a request; null where it is empty.
 *
 * @throws BadRequestError if it is too long or not JSON
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) throw new BadRequestError(`A body has at most ${BODY_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? null : JSON.parse(text);
  } catch (cause) {
    throw new BadRequestError('The body is not JSON', { cause });
  }
}

/** Answers with JSON. */
export function writeJson(
  response: ServerResponse,
  { status, body }: ShopAnswer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
