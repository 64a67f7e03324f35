import { PermanentError, type Finding } from '../../core/errors.js';
import { isPlainObject } from '../../core/json.js';

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

type Scalar = string | number | boolean;

/** The HTTP call that a step is to make. Whatever is undefined is left out. */
export interface ApiRequest {
  /** @default 'GET' */
  method?: HttpMethod;
  /** Absolute, or a path on `baseUrl`. */
  url?: string;
  /** What a `url` without a host goes to; a path of its own stays in front. */
  baseUrl?: string;
  /** Parts to add to the path, each encoded: the way to put data of a task into an address. */
  segments?: readonly (string | number)[];
  /** Query string; a list repeats its name. Replaces what the url itself says by the same name. */
  params?: Readonly<Record<string, Scalar | readonly Scalar[] | undefined>>;
  /** Sent besides, and instead of, the standard headers; only to the host of the url, wherever it redirects. */
  headers?: Readonly<Record<string, Scalar | undefined>>;
  /**
   * Anything that JSON can say; text and bytes go as they are. With the content type
   * `application/x-www-form-urlencoded`, a map becomes a form.
   */
  body?: unknown;
}

export const FORM = 'application/x-www-form-urlencoded';

/** `application/json`, with or without parameters, and its kin such as `application/problem+json`. */
export const isJsonType = (contentType: string): boolean =>
  /^(application|text)\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType.trim());

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Said by the connection itself. */
const NOT_OURS =
  /^(connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** Whether a header may have the text: no line breaks, no control characters, nothing beyond Latin-1. */
export const isHeaderText = (text: string): boolean => HEADER_TEXT.test(text);

/** A header of the request, whatever the case of its name. */
export function headerOf(headers: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const found = Object.entries(headers ?? {}).find(([key, value]) => key.toLowerCase() === name && value !== undefined);
  return found && String(found[1]);
}

/** Everything that is wrong with a request, its address excepted. Values are never shown: they may be secret. */
export function requestFindings(request: ApiRequest): Finding[] {
  const { method = 'GET', params, headers, body } = request;
  const findings: Finding[] = [];
  const say = (path: string, message: string): void => void findings.push({ path, message });

  if (!HTTP_METHODS.includes(method)) say('method', `must be one of ${HTTP_METHODS.join(', ')}`);
  for (const [name, value] of entries(params, 'params', say)) {
    const fits = Array.isArray(value) ? value.every(isScalar) : isScalar(value);
    if (!fits) say(`params.${name}`, 'must be text, a number, a boolean, or a list of these');
  }
  for (const [name, value] of entries(headers, 'headers', say)) {
    const wrong = headerFault(name, value);
    if (wrong !== null) say(`headers.${name}`, wrong);
  }
  const wrong = bodyFault(method, isPlainObject(headers) ? headerOf(headers, 'content-type') : undefined, body);
  if (wrong !== null) say('body', wrong);
  return findings;
}

/** The error for a config or a request that cannot be sent: no retry mends it. */
export function invalid(errorCode: string, what: string, findings: readonly Finding[]): PermanentError {
  const named = findings.map(({ path, message }) => ({ path: path === 'baseUrl' ? 'base_url' : path, message }));
  return new PermanentError(
    `${what} is not valid:\n${named.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`,
    {
      errorCode,
      errorCategory: 'configuration',
      context: { findings: named },
    },
  );
}

function entries(map: unknown, path: string, say: (path: string, message: string) => void): [string, unknown][] {
  if (map === undefined) return [];
  if (isPlainObject(map)) return Object.entries(map).filter(([, value]) => value !== undefined);
  say(path, 'must be a map');
  return [];
}

function headerFault(name: string, value: unknown): string | null {
  if (!TOKEN.test(name)) return 'is not the name of a header';
  if (NOT_OURS.test(name)) return 'is set by the connection: leave it out';
  if (!isScalar(value)) return 'must be text, a number or a boolean';
  return isHeaderText(String(value)) ? null : 'must not hold line breaks, control characters or letters beyond Latin-1';
}

function bodyFault(method: string, contentType: string | undefined, body: unknown): string | null {
  if (body === undefined || body === null) return null;
  if (method === 'GET' || method === 'HEAD') return `is not sent with ${method}: set method, or use params`;
  if (typeof body === 'string' || body instanceof Uint8Array) return null;
  if (typeof body === 'function' || typeof body === 'symbol') return 'must be JSON, text or bytes';
  if (contentType === undefined || isJsonType(contentType)) return null;
  const isForm = contentType.startsWith(FORM) && isPlainObject(body) && Object.values(body).every(isScalar);
  return isForm ? null : 'does not fit the content type: give JSON, a form of plain values, or text';
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
