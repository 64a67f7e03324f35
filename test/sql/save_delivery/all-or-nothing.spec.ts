import { randomUUID } from 'node:crypto';
import { sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();
const HOLDER = randomUUID();
const TASK = randomUUID();

const save = async (
  position: number,
  kept: object[] = [],
  done: object[] = [],
  failed: object[] = [],
  holder = HOLDER,
): Promise<string | null> => {
  const [row] = await sql.engine.rows('select save_delivery($1, $2, 10000, $3, $4, $5, $6) as state', [
    'books',
    holder,
    position,
    ...[kept, done, failed].map((list) => JSON.stringify(list)),
  ]);
  return row!.state as string | null;
};
const event = (audit_no: number, rest: object = {}): object => ({
  ...{ audit_no, event_no: 0, event: 'task.started', event_id: `${audit_no}-0-abc`, task_id: TASK },
  ...{ attempts: 1, delay_ms: 1_000, error: { message: 'no', error_class: 'Error' }, parked: false },
  ...rest,
});
const rows = (): Promise<Row[]> =>
  sql.engine.rows(
    `select audit_no::int, state, attempts, due_at > now() as is_due_later, parked_at is not null as has_time, error
     from delivery order by audit_no`,
  );
const subscription = async (): Promise<Row> =>
  (await sql.engine.rows(`select position::int, leased_until > now() as is_held from subscription`))[0]!;

beforeEach(async () => {
  await sql.engine.rows('truncate subscription, delivery');
  await sql.engine.rows(`select register_subscription('books', '{task.*}', false)`);
  await sql.engine.rows(`select lease_subscription('books', $1, 'p', -1, 10)`, [HOLDER]);
});

describe('save_delivery', () => {
  it('stores the position together with the events that were not taken, and renews the lease', async () => {
    expect(
      await save(5, [
        event(3),
        event(4, { attempts: 0, delay_ms: null, error: null }),
        event(5, { parked: true, delay_ms: null }),
      ]),
    ).toBe('active');
    expect(await subscription()).toEqual({ position: 5, is_held: true });
    const error = { message: 'no', error_class: 'Error' };
    expect(await rows()).toEqual([
      { audit_no: 3, state: 'waiting', attempts: 1, is_due_later: true, has_time: false, error },
      { audit_no: 4, state: 'waiting', attempts: 0, is_due_later: null, has_time: false, error: null },
      { audit_no: 5, state: 'parked', attempts: 1, is_due_later: null, has_time: true, error },
    ]);
  });

  it('removes what was taken in the end, also what was kept at the same time, and parks what was not', async () => {
    await save(5, [event(3), event(4)]);
    const key = (audit_no: number): object => ({ audit_no, event_no: 0 });
    const failure = { attempts: 2, delay_ms: null, error: { message: 'never', error_class: 'Error' }, parked: true };
    await save(6, [event(6)], [key(3), key(6)], [{ ...key(4), ...failure }]);
    expect(await rows()).toEqual([expect.objectContaining({ audit_no: 4, state: 'parked', attempts: 2 })]);
  });

  it('never sets the position back', async () => {
    await save(9);
    await save(4);
    expect(await subscription()).toMatchObject({ position: 9 });
  });

  it('changes nothing for a process that has lost the subscription', async () => {
    expect(await save(9, [event(3)], [], [], randomUUID())).toBeNull();
    expect(await subscription()).toEqual({ position: 0, is_held: false });
    expect(await rows()).toEqual([]);
  });

  it('tells who holds it that it was paused', async () => {
    await sql.engine.rows(`update subscription set state = 'paused'`);
    expect(await save(2)).toBe('paused');
  });
});

describe('redrive_deliveries', () => {
  it('has one parked event, or all, tried anew', async () => {
    await save(
      5,
      [3, 4, 5].map((n) => event(n, { parked: n > 3, delay_ms: null, attempts: 12 })),
    );
    expect(await sql.engine.rows(`select redrive_deliveries('books', 4, 0::int2) as n`)).toEqual([{ n: 1 }]);
    expect((await rows())[1]).toMatchObject({ state: 'waiting', attempts: 0, is_due_later: false, has_time: false });
    expect(await sql.engine.rows(`select redrive_deliveries('books', null, null) as n`)).toEqual([{ n: 1 }]);
    expect((await rows())[0]).toMatchObject({ audit_no: 3, attempts: 12 });
  });
});

describe('subscription_figures', () => {
  it('counts what is unread, how old it is, and what waits or is parked', async () => {
    const { engine } = sql;
    await engine.task(await engine.template([[]]));
    await engine.rows(`update transition set at = now() - interval '1 minute'`);
    await save(0, [event(3), event(4, { parked: true, delay_ms: null })]);
    const [row] = await engine.rows(`select * from subscription_figures('books')`);
    const [{ last_value: last }] = (await engine.rows('select last_value from audit_no')) as [{ last_value: string }];
    expect(row).toMatchObject({ name: 'books', holder: 'p', lag_rows: last, waiting: 1, parked: 1 });
    expect(row!.lag_seconds).toBeGreaterThanOrEqual(60);
    await save(Number(last));
    expect((await engine.rows(`select lag_rows, lag_seconds from subscription_figures(null)`))[0]).toEqual({
      lag_rows: '0',
      lag_seconds: 0,
    });
  });
});
