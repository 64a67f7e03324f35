import type { HeaderWriter } from '../request/correlation.js';

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  // who may see an answer may change; what stands in it may be personal
  'Cache-Control': 'no-store',
} as const;

/** What browsers, and caches on the way, must not do with an answer. A route may say more over it. */
export function secure(response: HeaderWriter): void {
  for (const [name, value] of Object.entries(HEADERS)) response.header(name, value);
}
