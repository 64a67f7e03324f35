import { connectionOptions } from '../../src/persistence/connection.js';
import { PatientDataSource } from '../../src/persistence/patient-data-source.js';
import { isTransient } from '../../src/persistence/transient.js';
import { LossyWay } from '../chaos/lossy-way.js';
import type { LiveAttempt } from '../../src/orchestration/live-attempt.js';
import { StepConnections } from '../../src/orchestration/step-connections.js';
import { SYSTEM_CLOCK } from '../../src/core/clock.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const SILENT_MS = 500;

describe('connections that have died without a word', () => {
  let database: TestDatabase;
  let way: LossyWay;
  let pool: PatientDataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    way = await LossyWay.to(database.url);
    const options = connectionOptions({ url: way.url, schema: 'tasker', poolSize: 2 });
    pool = new PatientDataSource(options, SILENT_MS);
    await pool.initialize();
  });

  afterAll(async () => {
    // what is stalled cannot say goodbye
    await way?.close();
    await pool?.destroy();
    await database?.drop();
  });

  const answer = (): Promise<unknown> => pool.query('select 1 as one');

  it('are given up with an error that passes, and others take their places', async () => {
    await Promise.all([answer(), answer()]);
    way.stall();
    const outcomes = await Promise.allSettled([answer(), answer()]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && isTransient(outcome.reason))).toEqual([
      true,
      true,
    ]);
    await expect(Promise.all([answer(), answer()])).resolves.toEqual([[{ one: 1 }], [{ one: 1 }]]);
  });

  it('let no transaction begin', async () => {
    await Promise.all([answer(), answer()]);
    way.stall();
    const begun = await Promise.allSettled([
      pool.transaction(async () => 'begun'),
      pool.transaction(async () => 'begun'),
    ]);
    expect(begun.map((outcome) => outcome.status === 'rejected' && isTransient(outcome.reason))).toEqual([true, true]);
    await expect(pool.transaction(async () => 'begun')).resolves.toBe('begun');
  });

  it('are cut off when an attempt whose transaction hangs has ended', async () => {
    const attempt = anAttempt();
    const connections = new StepConnections(pool, { ...SYSTEM_CLOCK, setTimer: (call) => setTimeout(call, 1) });
    const hanging = connections.transaction(attempt.live, async (db) => {
      way.stall();
      attempt.end();
      return db.query('select 1');
    });
    await expect(hanging).rejects.toThrow(/terminated/);
    await expect(Promise.all([answer(), answer()])).resolves.toHaveLength(2);
  });

  it('are not looked for in transactions, whose statements take as long as they take', async () => {
    const slow = (await pool.transaction((db) => db.query('select pg_sleep(1) is not null as slept'))) as unknown;
    expect(slow).toEqual([{ slept: true }]);
  });
});

/** As much of one as its transaction looks at. */
function anAttempt(): { live: LiveAttempt; end: () => void } {
  const controller = new AbortController();
  const template = { performance: { databasePool: null } };
  const live = { signal: controller.signal, memory: { entry: { template } } } as unknown as LiveAttempt;
  return { live, end: () => controller.abort(new Error('the attempt is over')) };
}
