import type { Finding } from '../../core/errors.js';
import type { ApiRequest } from './request.js';

const NOWHERE = 'http://path.invalid';
const HAS_SCHEME = /^[a-z][a-z\d+.-]*:/i;

/** The address of a request with its segments and query, or everything that is wrong with it. Values are never shown. */
export function addressOf(request: ApiRequest): URL | Finding[] {
  const found = target(request);
  if (!(found instanceof URL)) return [found];
  const findings: Finding[] = [];
  (request.segments ?? []).forEach((segment, n) => {
    const encoded = encodedSegment(segment);
    if (encoded === null)
      findings.push({ path: `segments[${n}]`, message: 'must be text or a number, and not empty or dots' });
    else found.pathname = `${found.pathname.replace(/\/$/, '')}/${encoded}`;
  });
  if (findings.length > 0) return findings;
  for (const [name, value] of Object.entries(request.params ?? {})) {
    if (value === undefined) continue;
    found.searchParams.delete(name);
    for (const one of [value].flat()) found.searchParams.append(name, String(one));
  }
  found.hash = '';
  return found;
}

function target({ url, baseUrl }: ApiRequest): URL | Finding {
  if (url === undefined && !baseUrl)
    return { path: 'url', message: 'is missing: give an absolute URL, or a path and a base_url' };
  if (url !== undefined && (typeof url !== 'string' || url === '')) {
    return { path: 'url', message: 'must be text, and not empty' };
  }
  if (url !== undefined && HAS_SCHEME.test(url)) return absolute(url, 'url');
  if (!baseUrl) return { path: 'url', message: 'must be absolute (https://…) where there is no base_url' };
  const base = absolute(baseUrl, 'baseUrl');
  if (!(base instanceof URL) || url === undefined) return base;

  const path = URL.canParse(url, NOWHERE) ? new URL(url, NOWHERE) : null;
  if (path?.origin !== NOWHERE) return { path: 'url', message: 'must be absolute (https://…), or a path on base_url' };
  base.pathname = base.pathname.replace(/\/$/, '') + path.pathname;
  for (const name of path.searchParams.keys()) base.searchParams.delete(name);
  for (const [name, value] of path.searchParams) base.searchParams.append(name, value);
  return base;
}

function absolute(text: unknown, path: string): URL | Finding {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { path, message: 'must be an http:// or https:// URL' };
  }
  if (url.username !== '' || url.password !== '') {
    return { path, message: 'must not hold a user name or password: use auth.basic' };
  }
  return url;
}

/** Null for what would not be one part of a path: dots climb, and nothing leaves a gap. */
function encodedSegment(segment: unknown): string | null {
  if (typeof segment === 'number') return Number.isFinite(segment) ? String(segment) : null;
  if (typeof segment !== 'string' || /^\.{0,2}$/.test(segment)) return null;
  try {
    return encodeURIComponent(segment);
  } catch {
    return null;
  }
}
