import type { IncomingMessage } from 'node:http';
import type { HttpCall } from './call.js';

/**
 * The call that an answer sends us to; null where it is no redirect that can be followed in safety. Another host gets
 * none of the headers that were meant for the first, a body only goes to the host that it was sent to, and nothing
 * leaves https for http.
 */
export function redirected(call: HttpCall, { statusCode, headers }: IncomingMessage): HttpCall | null {
  const url = locationOf(call.url, headers.location);
  const method = url && methodAfter(statusCode ?? 0, call.method);
  if (!url || !method) return null;
  const sameOrigin = url.origin === call.url.origin;
  const keepsBody = call.body !== null && method === call.method;
  if (keepsBody && !sameOrigin) return null;
  return {
    ...call,
    method,
    url,
    standardHeaders: keepsBody ? call.standardHeaders : withoutBody(call.standardHeaders),
    ownHeaders: !sameOrigin ? {} : keepsBody ? call.ownHeaders : withoutBody(call.ownHeaders),
    body: keepsBody ? call.body : null,
    agent: sameOrigin ? call.agent : null,
  };
}

function locationOf(from: URL, location: string | undefined): URL | null {
  if (location === undefined || !URL.canParse(location, from.href)) return null;
  const url = new URL(location, from);
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && from.protocol === 'http:');
  return isWeb && url.username === '' && url.password === '' ? url : null;
}

/** Null where the method would have to change without the server having said so: a POST must not end as a GET unnoticed. */
function methodAfter(status: number, method: string): string | null {
  const isSafe = method === 'GET' || method === 'HEAD';
  if (status === 303) return isSafe ? method : 'GET';
  if (status === 307 || status === 308) return method;
  return (status === 301 || status === 302) && isSafe ? method : null;
}

const withoutBody = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-type' && name !== 'content-length'));
