import { Injectable, Logger } from '@nestjs/common';
import { ApiKeyStore, type ApiKeyRow } from '../../persistence/stores/api-key.store.js';
import { apiKeyHeaderOf, bearerOf } from '../credentials.js';
import type { Authenticator, IncomingRequest, Principal } from '../../core/access/principal.js';
import { UnauthenticatedError } from '../unauthenticated-error.js';
import { fits, looksLikeKey, readKey, type KeyText } from './key-text.js';

/** What is known of a key holds for so long, so that a key which was revoked opens nothing after it. */
const KNOWN_MS = 2_000;
/** A secret that does not fit what is known may be newer than it: what is older than this is read again. */
const STALE_MS = 100;
const MOST_KNOWN = 10_000;
const USED_MS = 60_000;

interface Known {
  at: number;
  row: Promise<ApiKeyRow | null>;
}

/** By the keys in the database: `X-API-Key: tsk_…`, or `Authorization: Bearer tsk_…`. */
@Injectable()
export class ApiKeyAuthenticator implements Authenticator {
  private readonly logger = new Logger('tasker.auth');
  private readonly known = new Map<string, Known>();
  private readonly noted = new Map<string, number>();

  constructor(private readonly store: ApiKeyStore) {}

  async authenticate(request: IncomingRequest): Promise<Principal | null> {
    const text = apiKeyHeaderOf(request) ?? bearerOf(request);
    if (text === null || (apiKeyHeaderOf(request) === null && !looksLikeKey(text))) return null;
    const key = readKey(text);
    // Ids are no secret: whether one is known may be told by the time that an answer takes.
    const row = key && ((await this.opened(key, KNOWN_MS)) ?? (await this.opened(key, STALE_MS)));
    if (!row) throw new UnauthenticatedError('The API key is not valid.');
    this.note(row);
    const { name, permissions, roles, namespaces } = row;
    return { name, permissions, roles, namespaces };
  }

  private async opened({ id, secret }: KeyText, knownMs: number): Promise<ApiKeyRow | null> {
    const row = await this.find(id, knownMs);
    return row && opens(secret, row) ? row : null;
  }

  private find(id: string, knownMs: number): Promise<ApiKeyRow | null> {
    const before = this.known.get(id);
    if (before && Date.now() - before.at < knownMs) return before.row;
    const row = this.store.find(id).catch((error: unknown) => {
      this.known.delete(id);
      throw error;
    });
    this.known.delete(id);
    this.known.set(id, { at: Date.now(), row });
    if (this.known.size > MOST_KNOWN) this.known.delete(this.known.keys().next().value!);
    return row;
  }

  /** Once a minute for each key: nobody waits for it, and no request writes for it. */
  private note({ id }: ApiKeyRow): void {
    const now = Date.now();
    if (now - (this.noted.get(id) ?? -Infinity) < USED_MS) return;
    this.noted.set(id, now);
    this.store.used(id).catch((error: unknown) => {
      this.logger.warn(`When an API key was last used could not be noted: ${String(error)}`);
    });
  }
}

function opens(secret: string, row: ApiKeyRow): boolean {
  const now = Date.now();
  if (row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt.getTime() <= now)) return false;
  if (fits(secret, row.secretHash)) return true;
  return row.previousHash !== null && row.previousUntil!.getTime() > now && fits(secret, row.previousHash);
}
