import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';

/** A key as it is stored. */
export interface ApiKeyRow {
  id: string;
  name: string;
  secretHash: Buffer;
  /** Of the secret before the last rotation, while it still opens. */
  previousHash: Buffer | null;
  previousUntil: Date | null;
  permissions: string[];
  roles: string[];
  /** Null for all. */
  namespaces: string[] | null;
  createdAt: Date;
  rotatedAt: Date | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
}

export type NewApiKeyRow = Pick<
  ApiKeyRow,
  'id' | 'name' | 'secretHash' | 'permissions' | 'roles' | 'namespaces' | 'expiresAt'
>;

const COLUMNS = `
  id, name, secret_hash as "secretHash", previous_hash as "previousHash", previous_until as "previousUntil",
  permissions, roles, namespaces, created_at as "createdAt", rotated_at as "rotatedAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", last_used_at as "lastUsedAt"`;

@Injectable()
export class ApiKeyStore {
  private readonly table: string;

  constructor(private readonly database: Database) {
    this.table = database.name('api_key');
  }

  async find(id: string): Promise<ApiKeyRow | null> {
    return (await this.rows(`select ${COLUMNS} from ${this.table} where id = $1`, [id]))[0] ?? null;
  }

  /** By name, those that were revoked after those that were not. */
  list(): Promise<ApiKeyRow[]> {
    return this.rows(`select ${COLUMNS} from ${this.table} order by revoked_at is not null, name, created_at`, []);
  }

  /** @returns null where a key of that name is there */
  async insert(row: NewApiKeyRow): Promise<ApiKeyRow | null> {
    const { id, name, secretHash, permissions, roles, namespaces, expiresAt } = row;
    const sql = `
      insert into ${this.table} (id, name, secret_hash, permissions, roles, namespaces, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (name) where revoked_at is null do nothing
      returning ${COLUMNS}`;
    return (await this.rows(sql, [id, name, secretHash, permissions, roles, namespaces, expiresAt]))[0] ?? null;
  }

  /** Gives a key another secret; the one before opens for so long. @returns null where there is no such key */
  async rotate(name: string, secretHash: Buffer, graceSeconds: number): Promise<ApiKeyRow | null> {
    const sql = `
      with rotated as (
        update ${this.table} set
          previous_hash = case when $3::float8 > 0 then secret_hash end,
          previous_until = case when $3::float8 > 0 then now() + $3 * interval '1 second' end,
          secret_hash = $2, rotated_at = now()
        where name = $1 and revoked_at is null
        returning *
      )
      select ${COLUMNS} from rotated`;
    return (await this.rows(sql, [name, secretHash, graceSeconds]))[0] ?? null;
  }

  /** @returns null where there is no such key */
  async revoke(name: string): Promise<ApiKeyRow | null> {
    const sql = `
      with revoked as (
        update ${this.table} set revoked_at = now() where name = $1 and revoked_at is null returning *
      )
      select ${COLUMNS} from revoked`;
    return (await this.rows(sql, [name]))[0] ?? null;
  }

  /** Does nothing where that is known to the minute, by whatever process. */
  async used(id: string): Promise<void> {
    const sql = `
      with used as (
        update ${this.table} set last_used_at = now()
        where id = $1 and (last_used_at is null or last_used_at <= now() - interval '1 minute') returning 1
      )
      select 1 from used`;
    await this.database.dataSource.query(sql, [id]);
  }

  private rows(sql: string, parameters: unknown[]): Promise<ApiKeyRow[]> {
    return this.database.dataSource.query<ApiKeyRow[]>(sql, parameters);
  }
}
