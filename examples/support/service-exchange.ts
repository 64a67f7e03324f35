import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request as the routes of a local service see it. */
export interface ServiceRequest {
  method: string;
  path: string;
  /** What stands in the place of `:name` in the route's path. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** The JSON that it carries; null where it carries nothing. */
  body: unknown;
  headers: IncomingHttpHeaders;
  idempotencyKey: string | null;
  correlationId: string | null;
  /** Fires when the caller hangs up. */
  signal: AbortSignal;
}

/** An answer, not yet written. */
export interface ServiceAnswer {
  status: number;
  /** @default no body */
  body?: unknown;
  headers?: Record<string, string>;
}

const BODY_LIMIT_BYTES = 1_048_576;

/** A request that is not understood; answered with 400. */
export class BadRequestError extends Error {}

/** @throws BadRequestError if the body is too long or not JSON */
export async function readRequest(
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<Omit<ServiceRequest, 'params'>> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  return {
    method: request.method ?? 'GET',
    path: pathname,
    query: searchParams,
    body: await readBody(request),
    headers: request.headers,
    idempotencyKey: single(request, 'idempotency-key'),
    correlationId: single(request, 'x-correlation-id'),
    signal,
  };
}

export function writeAnswer(response: ServerResponse, { status, body, headers }: ServiceAnswer): void {
  if (body === undefined) response.writeHead(status, headers).end();
  else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
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

function single(request: IncomingMessage, header: string): string | null {
  const value = request.headers[header];
  return typeof value === 'string' ? value : null;
}
