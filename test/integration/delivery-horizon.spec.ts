import fc from 'fast-check';
import { Client } from 'pg';
import { SafeHorizon } from '../../src/delivery/safe-horizon.js';
import { Database } from '../../src/persistence/database.js';
import { CAUSES } from '../../src/persistence/entities/transition.entity.js';
import { AuditStore, type AuditSelection } from '../../src/persistence/stores/audit.store.js';
import { sqlEngine } from '../support/sql-engine.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const WRITERS = 5;
const ALL: AuditSelection = { ofTasks: CAUSES, ofSteps: CAUSES, custom: true };

/** What happens next, to one of the writers or to the reader. */
type Move =
  | { move: 'write'; writer: number; to: 'transition' | 'custom_event' }
  | { move: 'end'; writer: number; by: 'commit' | 'rollback' }
  | { move: 'savepoint' | 'back'; writer: number }
  | { move: 'read' };

const writer = fc.nat(WRITERS - 1);
const move = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      move: fc.constant('write' as const),
      writer,
      to: fc.constantFrom('transition' as const, 'custom_event' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      move: fc.constant('end' as const),
      writer,
      by: fc.constantFrom('commit' as const, 'commit' as const, 'rollback' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constantFrom('savepoint' as const, 'back' as const), writer }) },
  { weight: 4, arbitrary: fc.constant({ move: 'read' as const }) },
) as fc.Arbitrary<Move>;

/** Reads the audit on as delivery does. */
class Reader {
  readonly read: number[] = [];
  private readonly horizon = new SafeHorizon();
  private position = 0;

  constructor(
    private readonly audit: AuditStore,
    private readonly from: number,
  ) {
    this.position = from;
  }

  async look(): Promise<void> {
    this.horizon.take(await this.audit.horizon(this.horizon.position));
    if (this.horizon.position <= this.position) return;
    const { rows, upto } = await this.audit.page(this.position, this.horizon.position, ALL, null);
    this.read.push(...rows.map(({ auditNo }) => auditNo));
    this.position = upto;
  }

  /** Until it has come to the last number that was drawn. */
  async finish(last: number): Promise<void> {
    for (let looks = 0; this.position < Math.max(last, this.from); looks++) {
      if (looks > 400) throw new Error(`the reader does not get beyond ${this.position}, the last number is ${last}`);
      await this.look();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

describe('reading the audit while transactions write to it', () => {
  const sql = sqlEngine();
  const clients: Client[] = [];
  let database: Database;
  let audit: AuditStore;
  let task: string;
  let attempt = 0;

  beforeAll(async () => {
    task = await sql.engine.task(await sql.engine.template([[]]));
    for (let n = 0; n < WRITERS; n++) clients.push(await sql.engine.connect());
    database = await Database.connect({ url: sql.engine.url, schema: 'tasker' }, 5);
    audit = new AuditStore(database);
  });
  afterAll(() => database?.close());

  const write = async (client: Client, to: 'transition' | 'custom_event'): Promise<number> => {
    attempt = (attempt + 1) % 30_000;
    const text =
      to === 'transition'
        ? `insert into transition (task_id, step_no, attempt, cause) values ($1, -1, $2, 'paused') returning audit_no`
        : `insert into custom_event (task_id, step_no, attempt, position, name, payload)
           values ($1, 0, $2, 0, 'order.placed', '{}') returning audit_no`;
    const { rows } = await client.query<{ audit_no: string }>(text, [task, attempt]);
    return Number(rows[0]!.audit_no);
  };

  const drawn = async (): Promise<number> => {
    const [row] = await sql.engine.rows<{ last: string }>('select last_value as last from audit_no');
    return Number(row!.last);
  };

  /** Plays the moves, and ends every transaction. @returns the numbers of rows that were committed, as they were */
  async function play(moves: Move[], reader: Reader): Promise<number[]> {
    const open = clients.map((): { rows: number[]; savepoint: number | null } | null => null);
    const committed: number[] = [];
    const end = async (n: number, by: 'commit' | 'rollback'): Promise<void> => {
      const transaction = open[n];
      if (!transaction) return;
      await clients[n]!.query(by);
      open[n] = null;
      if (by === 'commit') committed.push(...transaction.rows);
    };
    for (const one of moves) {
      if (one.move === 'read') {
        await reader.look();
        continue;
      }
      const client = clients[one.writer]!;
      const transaction = open[one.writer];
      if (one.move === 'end') await end(one.writer, one.by);
      else if (one.move === 'write') {
        if (!transaction) await client.query('begin');
        const rows = (open[one.writer] ??= { rows: [], savepoint: null }).rows;
        rows.push(await write(client, one.to));
      } else if (transaction && one.move === 'savepoint') {
        await client.query('savepoint here');
        transaction.savepoint = transaction.rows.length;
      } else if (transaction?.savepoint != null && one.move === 'back') {
        await client.query('rollback to savepoint here');
        transaction.rows.splice(transaction.savepoint);
      }
    }
    for (const n of open.keys()) await end(n, 'commit');
    return committed;
  }

  it('reads every row that is committed, once and in the order of the numbers, whatever commits when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 60 }), async (moves) => {
        const reader = new Reader(audit, await drawn());
        const committed = await play(moves, reader);
        await reader.finish(await drawn());
        expect(reader.read).toEqual([...committed].sort((a, b) => a - b));
      }),
      { numRuns: 40, seed: SEED },
    );
  }, 60_000);

  it('does not wait for a transaction that writes elsewhere, nor for one that began after what it reads', async () => {
    const reader = new Reader(audit, await drawn());
    const [elsewhere, late, quick] = clients as [Client, Client, Client];
    await elsewhere.query(`begin; insert into handler (name) values ('elsewhere')`);
    const first = await write(quick, 'transition');
    await reader.finish(first);
    expect(reader.read).toEqual([first]);

    await late.query('begin');
    const held = await write(late, 'transition');
    const second = await write(quick, 'transition');
    for (let n = 0; n < 10; n++) await reader.look();
    expect(reader.read).toEqual([first]);

    await late.query('commit');
    await elsewhere.query('rollback');
    await reader.finish(second);
    expect(reader.read).toEqual([first, held, second]);
  });

  it('numbers what waited for a lock after what it waited for, though its transaction began before', async () => {
    const [early, later] = clients as [Client, Client];
    await early.query('begin');
    await early.query('select pg_current_xact_id()');
    await later.query('begin');
    await later.query('select from task where id = $1 for update', [task]);
    const waiting = early.query('select from task where id = $1 for update', [task]);
    const cause = await write(later, 'transition');
    await later.query('commit');
    await waiting;
    const effect = await write(early, 'transition');
    await early.query('commit');
    expect(effect).toBeGreaterThan(cause);
  });

  it('writes nothing, not even the number of a transaction', async () => {
    const last = await drawn();
    const [client] = clients as [Client];
    await client.query('begin');
    await client.query('select * from audit_horizon(0)');
    await client.query(
      'select * from audit_rows(null, 0, $1, enum_range(null::cause), enum_range(null::cause), true, 1000000)',
      [last],
    );
    const { rows } = await client.query('select pg_current_xact_id_if_assigned() as own');
    await client.query('rollback');
    expect(rows).toEqual([{ own: null }]);
  });
});
