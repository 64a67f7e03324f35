import { TextDecoder } from 'node:util';
import type { HttpCall } from './call.js';
import type { HttpAnswer } from './exchange.js';
import { malformed } from './failure.js';
import { isJsonType } from './request.js';

/** A success. */
export interface ApiResponse<B = unknown> {
  readonly status: number;
  /** Lower-case names; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the JSON says where the content type is JSON, else the text; null where there is none. */
  readonly body: B;
}

/** @throws RetryableError `RESPONSE_MALFORMED` if it says that it is JSON and is not */
export function responseOf(call: HttpCall, { status, headers, body }: HttpAnswer): ApiResponse {
  const contentType = headers['content-type'] ?? '';
  if (body.length === 0) return { status, headers, body: null };
  const text = decoderFor(contentType).decode(body);
  if (!isJsonType(contentType)) return { status, headers, body: text };
  try {
    return { status, headers, body: JSON.parse(text) as unknown };
  } catch {
    // the parser's own message quotes the body
    throw malformed(call, 'is not the JSON that it says it is');
  }
}

function decoderFor(contentType: string): TextDecoder {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1];
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
