import { Client } from 'pg';
import { NotATestDatabaseError, TaskerTestingModule, createTestDatabase } from '../../src/testing/index.js';
import { withAdmin, urlOf } from '../support/database.js';
import { emptyTestDatabase, type TestDatabase } from '../support/database.js';

const TEMPLATE = { name: 'any', step_templates: [{ name: 'only', handler_class: 'only' }] };
const MOCKS = { mockHandlers: { only: () => ({ done: true }) } };

async function query<Row>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

const schemas = async (url: string): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    url,
    `select nspname as name from pg_namespace where nspname !~ '^pg_|^information_schema$' order by 1`,
  );
  return rows.map(({ name }) => name);
};

describe('the database of an application under test', () => {
  describe('given by its address', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await emptyTestDatabase();
      await query(database.url, 'create schema host; create table host.task as select 7 as id');
    });
    afterAll(() => database.drop());

    it('gets a schema for each, which goes with it', async () => {
      const one = await TaskerTestingModule.create({ databaseUrl: database.url, templates: [TEMPLATE], ...MOCKS });
      const other = await TaskerTestingModule.create({ databaseUrl: database.url, templates: [TEMPLATE], ...MOCKS });
      expect(one.database.schema).toMatch(/^tasker_test_/);
      const { taskId } = await one.runTask({ name: 'any', runAt: new Date(Date.now() + 86_400_000) });
      await expect(other.look(taskId)).rejects.toMatchObject({ code: 'task_not_found' });
      await other.cleanup();
      expect(await one.look(taskId)).toMatchObject({ status: 'complete' });
      await one.close();
      await other.close();
      expect(await schemas(database.url)).toEqual(['host', 'public']);
      expect(await query(database.url, 'select id from host.task')).toEqual([{ id: 7 }]);
    });

    it('keeps a schema that is named, with the time that has passed in it', async () => {
      const options = { databaseUrl: database.url, schema: 'Kept', templates: [TEMPLATE], ...MOCKS };
      const first = await TaskerTestingModule.create(options);
      await first.time.advance('3d');
      const { taskId } = await first.runTask({ name: 'any' });
      await first.close();
      const second = await TaskerTestingModule.create(options);
      expect(await second.look(taskId)).toMatchObject({ status: 'complete' });
      expect(second.time.now().getTime() - Date.now()).toBeGreaterThan(3 * 86_400_000 - 1_000);
      await second.close();
      expect(await schemas(database.url)).toContain('Kept');
    });

    it('leaves a schema alone that it has not made', async () => {
      await expect(TaskerTestingModule.create({ databaseUrl: database.url, schema: 'host' })).rejects.toThrow(
        'The schema "host" is there already, and was not made by the test kit',
      );
      expect(await query(database.url, 'select id from host.task')).toEqual([{ id: 7 }]);
    });
  });

  describe('that is none for tests', () => {
    const NAME = `shop_${process.pid}`;
    const url = () => urlOf(NAME);
    beforeAll(() => withAdmin((admin) => admin.query(`create database ${NAME} template template0`)));
    afterAll(() => withAdmin((admin) => admin.query(`drop database ${NAME} with (force)`)));

    it('is refused before anything is written to it', async () => {
      const refusal = TaskerTestingModule.create({ databaseUrl: url() });
      await expect(refusal).rejects.toThrow(NotATestDatabaseError);
      await expect(refusal).rejects.toThrow(
        `"${NAME}" does not look like a test database: its name has no "test" in it.`,
      );
      expect(await schemas(url())).toEqual(['public']);
    });

    it('is one once it is marked', async () => {
      await query(url(), `comment on database ${NAME} is 'tasker test database'`);
      const tasker = await TaskerTestingModule.create({ databaseUrl: url() });
      await tasker.close();
    });
  });

  describe('in production', () => {
    const { NODE_ENV, TASKER_ENV } = process.env;
    afterEach(() => {
      Object.assign(process.env, { NODE_ENV, TASKER_ENV });
      if (TASKER_ENV === undefined) delete process.env.TASKER_ENV;
    });

    it.each(['NODE_ENV', 'TASKER_ENV'])('is refused by %s, whatever it is called', async (variable) => {
      process.env[variable] = 'production';
      await expect(createTestDatabase({ databaseUrl: 'postgres://127.0.0.1:1/test' })).rejects.toThrow(
        `${variable} is "production": the test kit writes to its database and empties it`,
      );
      expect(() => TaskerTestingModule.forRoot()).toThrow(NotATestDatabaseError);
    });

    it('is refused where the templates’ environment is that', async () => {
      await expect(TaskerTestingModule.create({ environment: 'production' })).rejects.toThrow(NotATestDatabaseError);
    });
  });

  it('goes by its own time in everything, and by PostgreSQL’s until time has passed', async () => {
    const tasker = await TaskerTestingModule.create({ templates: [TEMPLATE], ...MOCKS });
    const both = () =>
      tasker.dataSource.query<{ ahead: number; defaults: string[] }[]>(
        `select extract(epoch from now() - pg_catalog.now())::float8 as ahead,
                array(select pg_get_expr(adbin, adrelid) from pg_attrdef join pg_class c on c.oid = adrelid
                      where c.relnamespace = 'tasker'::regnamespace and pg_get_expr(adbin, adrelid) ~ 'now\\(') as defaults`,
      );
    const [before] = await both();
    expect(before!.ahead).toBe(0);
    // PostgreSQL's own would be told as pg_catalog.now() here
    expect(new Set(before!.defaults)).toEqual(new Set(['now()']));
    await tasker.time.advance('36h');
    expect((await both())[0]!.ahead).toBeCloseTo(36 * 3600, 0);
    await tasker.close();
  });
});
