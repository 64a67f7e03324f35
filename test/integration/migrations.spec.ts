import { Client } from 'pg';
import { migrateDatabase } from '../../src/persistence/migrate.js';
import { MIGRATIONS } from '../../src/persistence/migrations/migrations.js';
import { RELEASE } from '../../src/persistence/release.js';
import { emptyTestDatabase, type TestDatabase } from '../support/database.js';

describe('migrateDatabase', () => {
  let database: TestDatabase;
  let db: Client;

  beforeEach(async () => {
    database = await emptyTestDatabase();
    db = new Client({ connectionString: database.url });
    await db.connect();
  });
  afterEach(async () => {
    await db.end();
    await database.drop();
  });

  const functions = async (schema: string): Promise<number> => {
    const { rows } = await db.query<{ count: number }>(
      `select count(*)::int as count from pg_proc where pronamespace = $1::regnamespace`,
      [schema],
    );
    return rows[0]!.count;
  };

  it('lets several processes start at the same time, of which one migrates', async () => {
    await Promise.all(Array.from({ length: 6 }, () => migrateDatabase(database.url)));
    const { rows } = await db.query('select name from tasker.migration');
    expect(rows).toHaveLength(MIGRATIONS.length);
    expect(await functions('tasker')).toBeGreaterThan(20);
  });

  it('changes nothing where all is in place', async () => {
    await migrateDatabase(database.url);
    const oids = `select array_agg(oid order by oid) as oids from pg_proc where pronamespace = 'tasker'::regnamespace`;
    const before = (await db.query(oids)).rows[0].oids;
    await migrateDatabase(database.url);
    expect((await db.query(oids)).rows[0].oids).toEqual(before);
  });

  it('refuses a database that a newer release has migrated, says which migrations it has, and leaves it alone', async () => {
    await migrateDatabase(database.url);
    await db.query(`insert into tasker.migration (timestamp, name) values (9999999999999, 'AddWings9999999999999')`);
    await db.query('drop function tasker.lost_error');
    await expect(migrateDatabase(database.url)).rejects.toMatchObject({
      code: 'database_newer',
      message: expect.stringMatching(/"tasker".*newer release.*AddWings9999999999999.*DATABASE_URL or TASKER_SCHEMA/s),
    });
    const { rows } = await db.query(`select to_regproc('tasker.lost_error') as found`);
    expect(rows[0].found).toBeNull();
  });

  it('leaves the functions of a newer release alone', async () => {
    await migrateDatabase(database.url);
    await db.query(`update tasker.installed set version = '999.0.0', functions_hash = 'of another release'`);
    await db.query('drop function tasker.lost_error');
    await migrateDatabase(database.url);
    expect((await db.query(`select to_regproc('tasker.lost_error') as found`)).rows[0].found).toBeNull();
  });

  it('replaces the functions of an older release', async () => {
    await migrateDatabase(database.url);
    await db.query(`update tasker.installed set version = '0.0.1', functions_hash = 'of an older release'`);
    await db.query('drop function tasker.lost_error');
    await migrateDatabase(database.url);
    expect((await db.query(`select to_regproc('tasker.lost_error') as found`)).rows[0].found).not.toBeNull();
    expect((await db.query('select version from tasker.installed')).rows).toEqual([{ version: RELEASE }]);
  });

  it('uses the schema that it is given, and touches no function of the host’s in it', async () => {
    await db.query(`create schema app; create function app.mine() returns int language sql as 'select 1'`);
    await migrateDatabase({ url: database.url, schema: 'app' });
    await migrateDatabase({ url: database.url, schema: 'app' });
    expect((await db.query('select app.mine() as mine')).rows).toEqual([{ mine: 1 }]);
    const { rows } = await db.query(`select to_regclass('app.task') as task, to_regnamespace('tasker') as tasker`);
    expect(rows).toEqual([{ task: 'app.task', tasker: null }]);
  });

  it('brings back all or nothing where a migration fails', async () => {
    await db.query('create schema tasker; create table tasker.worker (taken int)');
    await expect(migrateDatabase(database.url)).rejects.toThrow(/worker/);
    expect((await db.query(`select to_regclass('tasker.task') as task`)).rows).toEqual([{ task: null }]);
  });
});
