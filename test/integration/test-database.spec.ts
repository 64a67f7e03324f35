import { Client } from 'pg';
import { createTestDatabase, emptyTestDatabase, withAdmin } from '../support/database.js';

describe('createTestDatabase', () => {
  it('gives each of several that ask at once a database of its own', async () => {
    const databases = await Promise.all(Array.from({ length: 6 }, createTestDatabase));
    expect(new Set(databases.map(({ url }) => url)).size).toBe(6);
    await Promise.all(databases.map(({ drop }) => drop()));
  });

  it('has the schema of this release', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(`select to_regclass('tasker.installed') is not null as migrated`);
    expect(rows).toEqual([{ migrated: true }]);
    await client.end();
    await database.drop();
  });

  it('is dropped with the connections that are open', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    const broken = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await broken;
    const name = new URL(database.url).pathname.slice(1);
    const found = await withAdmin((admin) => admin.query('select from pg_database where datname = $1', [name]));
    expect(found.rowCount).toBe(0);
  });
});

describe('emptyTestDatabase', () => {
  it('has no table', async () => {
    const database = await emptyTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(`select from information_schema.tables where table_schema = 'public'`);
    expect(rows).toEqual([]);
    await client.end();
    await database.drop();
  });
});
