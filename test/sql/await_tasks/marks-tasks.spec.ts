import { Client } from 'pg';
import { request, startClient } from '../../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
let other: Client;
beforeAll(async () => {
  parts = await startClient();
  other = new Client({ connectionString: parts.database.location.url });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await parts.end();
});

const newTask = async (): Promise<string> => (await parts.client.createTask(request())).taskId;
const awaited = async (id: string): Promise<unknown> =>
  (await parts.rows('select awaited from tasker.task where id = $1', [id]))[0]!.awaited;

describe('await_tasks', () => {
  it('marks tasks that move and answers their states', async () => {
    const ids = [await newTask(), await newTask()];
    const found = await parts.store.markAwaited(ids);
    expect([...found.values()]).toEqual(ids.map(() => ({ state: 'pending', marked: true })));
    expect(await awaited(ids[0]!)).toBe(true);
    expect(await awaited(ids[1]!)).toBe(true);
  });

  it('does not write to a task that has settled', async () => {
    const id = await newTask();
    await parts.client.cancelTask(id);
    expect((await parts.store.markAwaited([id])).get(id)).toEqual({ state: 'cancelled', marked: true });
    expect(await awaited(id)).toBe(false);
  });

  it('leaves out what does not exist', async () => {
    expect((await parts.store.markAwaited(['01a1f8ed-9795-7444-a958-413a8d4e28d1'])).size).toBe(0);
  });

  it('passes over the locked one of several, says so, and marks the others', async () => {
    const [locked, free] = [await newTask(), await newTask()];
    await other.query('begin');
    await other.query('select from tasker.task where id = $1 for update', [locked]);
    const found = await parts.store.markAwaited([locked, free]);
    await other.query('rollback');
    expect(found.get(locked)).toEqual({ state: 'pending', marked: false });
    expect(found.get(free)).toEqual({ state: 'pending', marked: true });
  });

  it('waits for a single one, and sees what was committed meanwhile', async () => {
    const id = await newTask();
    await other.query('begin');
    await other.query(`update tasker.task set state = 'cancelled', finished_at = now() where id = $1`, [id]);
    const found = parts.store.markAwaited([id]);
    await other.query(
      `do $$ begin while not exists (select from pg_stat_activity where query like '%await_tasks%'
         and wait_event_type = 'Lock' and datname = current_database()) loop perform pg_stat_clear_snapshot(); end loop; end $$`,
    );
    await other.query('commit');
    expect((await found).get(id)).toEqual({ state: 'cancelled', marked: true });
  });

  it('does not wait for the disk', async () => {
    const id = await newTask();
    const setting = await parts.database.dataSource.transaction(async (db) => {
      await parts.database.call('await_tasks', [[id]], db);
      return db.query<{ synchronous_commit: string }[]>('show synchronous_commit');
    });
    expect(setting[0]!.synchronous_commit).toBe('off');
  });
});
