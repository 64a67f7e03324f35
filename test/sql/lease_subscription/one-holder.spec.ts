import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();
const A = randomUUID();
const B = randomUUID();

const lease = async (holder: string, upto: number, db: Client = sql.engine.db, ms = 60_000): Promise<number | null> => {
  const { rows } = await db.query<{ position: string }>('select * from lease_subscription($1, $2, $3, $4, $5)', [
    'books',
    holder,
    'a process',
    ms,
    upto,
  ]);
  return rows[0] ? Number(rows[0].position) : null;
};
const keep = (event: { audit_no: number; task?: string; due?: string | null; state?: string }): Promise<unknown> =>
  sql.engine.rows(
    `insert into delivery (subscription, audit_no, event_no, event, event_id, task_id, due_at, state, parked_at)
     values ('books', $1::int8, 0, 'task.started', $1::int8::text, $2, now() + $3::interval, $4, case when $4 = 'parked' then now() end)`,
    [event.audit_no, event.task ?? A, event.due === undefined ? '-1 s' : event.due, event.state ?? 'waiting'],
  );

beforeEach(async () => {
  await sql.engine.rows('truncate subscription, delivery');
  await sql.engine.rows(`select register_subscription('books', '{task.*}', false)`);
});

describe('lease_subscription', () => {
  it('gives a subscription to one of two processes that ask at the same moment', async () => {
    const { engine } = sql;
    const other = await engine.connect();
    await engine.rows('begin');
    expect(await lease(A, 10)).toBe(0);
    const asked = lease(B, 10, other);
    await engine.blocked();
    await engine.rows('commit');
    expect(await asked).toBeNull();
    expect(await lease(A, 10)).toBe(0);
  });

  it('gives it to another when the lease has ended, or was given back', async () => {
    expect(await lease(A, 10, sql.engine.db, -1)).toBe(0);
    expect(await lease(B, 10)).toBe(0);
    expect(await lease(A, 10)).toBeNull();
    await sql.engine.rows('select release_subscription($1, $2)', ['books', A]);
    expect(await lease(A, 10)).toBeNull();
    await sql.engine.rows('select release_subscription($1, $2)', ['books', B]);
    expect(await lease(A, 10)).toBe(0);
  });

  it('gives it to nobody, and writes nothing, where there is nothing to deliver or it is paused', async () => {
    const { engine } = sql;
    const version = async () => (await engine.rows('select xmin, leased_until from subscription'))[0];
    const before = await version();
    expect(await lease(A, 0)).toBeNull();
    await keep({ audit_no: 1, due: '1 hour' });
    await keep({ audit_no: 2, due: null });
    await keep({ audit_no: 3, task: B, state: 'parked' });
    expect(await lease(A, 0)).toBeNull();
    expect(await version()).toEqual(before);
    await engine.rows(`update subscription set state = 'paused'`);
    expect(await lease(A, 10)).toBeNull();
  });

  it('gives it to who can try an event again, or deliver one that nothing is before any more', async () => {
    await keep({ audit_no: 1 });
    expect(await lease(A, 0)).toBe(0);
    await sql.engine.rows('truncate delivery');
    await sql.engine.rows('select release_subscription($1, $2)', ['books', A]);
    await keep({ audit_no: 2, due: null });
    expect(await lease(B, 0)).toBe(0);
  });
});

describe('register_subscription', () => {
  it('keeps the position of one that is there, and takes its events as they are now', async () => {
    const { engine } = sql;
    await engine.rows(`update subscription set position = 7`);
    await engine.rows(`select register_subscription('books', '{step.*}', true)`);
    expect(await engine.rows('select position::int, events from subscription')).toEqual([
      { position: 7, events: ['step.*'] },
    ]);
  });

  it('begins a new one after all numbers that were drawn', async () => {
    const { engine } = sql;
    await engine.task(await engine.template([[]]));
    await engine.rows(`select register_subscription('late', '{task.*}', true)`);
    const [row] = await engine.rows(
      `select s.position = n.last_value as is_last from subscription s, audit_no n where s.name = 'late'`,
    );
    expect(row).toEqual({ is_last: true });
  });
});
