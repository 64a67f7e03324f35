import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpCall } from './call.js';
import { redirected } from './redirect.js';

/** What came back, not yet understood. */
export interface HttpAnswer {
  readonly status: number;
  /** Who answered: not the call's own where it was redirected. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded; of a failure, no more than its beginning. */
  readonly body: Buffer;
  /** The body was longer than what was taken of it. */
  readonly cut: boolean;
}

export interface ExchangeOptions {
  readonly isSuccess: (status: number) => boolean;
  readonly followRedirects: boolean;
  /** Of a success, decoded. */
  readonly maxBytes: number;
}

const MAX_REDIRECTS = 5;
/** Of a failure's body, enough to say what it was. */
const FAILURE_BYTES = 65_536;

/** Sends a call, and whatever it is redirected to, and reads the answer. Rejects with the error of the connection. */
export async function exchange(call: HttpCall, signal: AbortSignal, options: ExchangeOptions): Promise<HttpAnswer> {
  for (let current = call, hops = 0; ; hops++) {
    const response = await open(current, signal);
    const status = response.statusCode ?? 0;
    const success = options.isSuccess(status);
    const next = success || !options.followRedirects || hops === MAX_REDIRECTS ? null : redirected(current, response);
    if (next !== null) {
      response.destroy();
      current = next;
      continue;
    }
    const headers = headersOf(response);
    if (success) return { status, url: current.url, headers, ...(await read(response, options.maxBytes)) };
    // the status has said what matters: a body that breaks off changes nothing
    const beginning = await read(response, FAILURE_BYTES).catch(() => ({ body: Buffer.alloc(0), cut: true }));
    return { status, url: current.url, headers, ...beginning };
  }
}

function open(call: HttpCall, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request } = call.url.protocol === 'https:' ? https : http;
    const outgoing = request(call.url, {
      method: call.method,
      headers: { ...call.standardHeaders, ...call.ownHeaders },
      agent: call.agent ?? undefined,
      signal,
    });
    outgoing.once('response', resolve);
    // stays: an abort while the body is read is told here too
    outgoing.on('error', reject);
    outgoing.end(call.body);
  });
}

async function read(response: http.IncomingMessage, maxBytes: number): Promise<{ body: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of decoded(response) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    // leaving the loop ends the connection
    if (bytes > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), cut: bytes > maxBytes };
}

function decoded(response: http.IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase();
  const decoder =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'br'
          ? createBrotliDecompress()
          : null;
  // errors of either reach the reader through the decoder
  return decoder === null ? response : pipeline(response, decoder, () => undefined);
}

const headersOf = ({ headers }: http.IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
