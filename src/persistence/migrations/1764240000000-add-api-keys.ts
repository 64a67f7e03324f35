import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of callers. Of a key only the SHA-256 of its secret is stored: 256 random bits need no slow hash. */
export class AddApiKeys1764240000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table api_key (
        -- The part of the key that may be shown.
        id              text primary key,
        name            text not null,
        secret_hash     bytea not null,
        -- Of the secret before the last rotation, until it has run out.
        previous_hash   bytea,
        previous_until  timestamptz,
        permissions     text[] not null,
        roles           text[] not null default '{}',
        -- Null: all.
        namespaces      text[],
        created_at      timestamptz not null default now(),
        rotated_at      timestamptz,
        expires_at      timestamptz,
        revoked_at      timestamptz,
        -- To the minute.
        last_used_at    timestamptz,
        constraint previous_with_end check ((previous_hash is null) = (previous_until is null))
      ) with (fillfactor = 80)`);
    // the name of a revoked key may be given again
    await db.query('create unique index api_key_name on api_key (name) where revoked_at is null');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table api_key');
  }
}
