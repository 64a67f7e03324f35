import { Injectable } from '@nestjs/common';
import { TaskerError, type Finding } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import { Database } from '../../persistence/database.js';
import type { DatabaseLocation } from '../../persistence/connection.js';
import { ApiKeyStore, type ApiKeyRow } from '../../persistence/stores/api-key.store.js';
import { permissionFindings } from '../../core/access/permission.js';
import { hashOf, newKeyId, newSecret, writeKey } from './key-text.js';

/** A key without its secret, which nobody has but its holder. */
export type ApiKeyInfo = Omit<ApiKeyRow, 'secretHash' | 'previousHash' | 'previousUntil'>;

/** A key with the text that its holder sends: told once, and stored nowhere. */
export interface IssuedApiKey extends ApiKeyInfo {
  key: string;
}

export interface NewApiKey {
  /** Kept in the audit trail as the actor. */
  name: string;
  /** `tasker.task:create`, `tasker.task:*`, `*`. */
  permissions: string[];
  /** @default none */
  roles?: string[];
  /** @default all */
  namespaces?: string[];
  /** @default never */
  expiresAt?: Date;
}

const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
const MOST_GRACE_SECONDS = 30 * 24 * 3600;

/** Makes, changes and ends the keys of callers. What it does holds in every process within seconds. */
@Injectable()
export class ApiKeys {
  constructor(private readonly store: ApiKeyStore) {}

  /** For whoever has no application at hand. */
  static async with<T>(location: DatabaseLocation, work: (keys: ApiKeys) => Promise<T>): Promise<T> {
    const database = await Database.connect(location, 1);
    try {
      return await work(new ApiKeys(new ApiKeyStore(database)));
    } finally {
      await database.close();
    }
  }

  /** @throws TaskerError `request_invalid` with every finding */
  async create({ name, permissions, roles = [], namespaces, expiresAt }: NewApiKey): Promise<IssuedApiKey> {
    const findings: Finding[] = permissionFindings(permissions);
    if (!NAME.test(name)) findings.push({ path: 'name', message: 'must be 1 to 255 printable ASCII characters' });
    if (permissions.length === 0) findings.push({ path: 'permissions', message: 'must be one at least' });
    if (namespaces?.length === 0) findings.push({ path: 'namespaces', message: 'must be one at least, or left out' });
    for (const [path, list] of Object.entries({ roles, namespaces: namespaces ?? [] })) {
      if (list.some((one) => one.trim() === '')) findings.push({ path, message: 'must not be empty' });
    }
    if (expiresAt && !(expiresAt.getTime() > Date.now())) {
      findings.push({ path: 'expiresAt', message: 'must be a time that is still to come' });
    }
    if (findings.length > 0) throw invalid(findings);
    const [id, secret] = [newKeyId(), newSecret()];
    const fixed = { id, name, permissions, roles, namespaces: namespaces ?? null, expiresAt: expiresAt ?? null };
    const row = await this.store.insert({ ...fixed, secretHash: hashOf(secret) });
    if (row) return issued(row, secret);
    throw invalid([{ path: 'name', message: `"${name}" has a key: rotate it, or revoke it first` }]);
  }

  /**
   * Gives a key another secret.
   *
   * @param graceSeconds - for how long the one before still opens, so that its holders can be given the new one
   * @throws TaskerError `request_invalid`
   */
  async rotate(name: string, { graceSeconds = 0 }: { graceSeconds?: number } = {}): Promise<IssuedApiKey> {
    if (!(graceSeconds >= 0 && graceSeconds <= MOST_GRACE_SECONDS)) {
      throw invalid([{ path: 'graceSeconds', message: `must be from 0 to ${MOST_GRACE_SECONDS}` }]);
    }
    const secret = newSecret();
    const row = await this.store.rotate(name, hashOf(secret), graceSeconds);
    return row ? issued(row, secret) : this.missing(name);
  }

  /** Ends a key, for good. @throws TaskerError `request_invalid` */
  async revoke(name: string): Promise<ApiKeyInfo> {
    const row = await this.store.revoke(name);
    return row ? infoOf(row) : this.missing(name);
  }

  /** By name; those that were revoked come last. */
  async list(): Promise<ApiKeyInfo[]> {
    return (await this.store.list()).map(infoOf);
  }

  private async missing(name: string): Promise<never> {
    const known = (await this.store.list()).filter(({ revokedAt }) => revokedAt === null).map((row) => row.name);
    throw invalid([{ path: 'name', message: `there is no key "${name}".${didYouMean(name, known)}` }]);
  }
}

function infoOf({ secretHash: _hash, previousHash: _before, previousUntil: _until, ...info }: ApiKeyRow): ApiKeyInfo {
  return info;
}

const issued = (row: ApiKeyRow, secret: string): IssuedApiKey => ({
  ...infoOf(row),
  key: writeKey({ id: row.id, secret }),
});

const invalid = (findings: Finding[]): TaskerError =>
  new TaskerError(
    'request_invalid',
    `That cannot be done: ${findings.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
    findings,
  );
