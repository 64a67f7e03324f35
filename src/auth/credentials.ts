import type { IncomingRequest } from '../core/access/principal.js';

export const API_KEY_HEADER = 'X-API-Key';

/** What stands in the header `Authorization: Bearer …`; null where it is not there. */
export function bearerOf({ headers }: IncomingRequest): string | null {
  const given = headers.authorization;
  return typeof given === 'string' ? (/^Bearer +([^\s]+)$/i.exec(given.trim())?.[1] ?? null) : null;
}

/** What stands in the header `X-API-Key`; null where it is not there. */
export function apiKeyHeaderOf({ headers }: IncomingRequest): string | null {
  const given = headers[API_KEY_HEADER.toLowerCase()];
  return given === undefined ? null : String(given).trim();
}

/** Whether a request holds anything that could be a credential. */
export const holdsCredentials = ({ headers }: IncomingRequest): boolean =>
  headers.authorization !== undefined || headers[API_KEY_HEADER.toLowerCase()] !== undefined;
