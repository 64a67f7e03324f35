import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { countCauses, expectOneResultEach, gatherEvidence, report } from './evidence.js';
import { LossyWay } from './lossy-way.js';
import { createTestDatabase } from '../support/database.js';
import { Stage } from './stage.js';
import { diamond, single } from './templates.js';

const TAKEN_BACK = `exists (select from tasker.transition where cause = 'worker_lost')`;
const IN_PROGRESS = `exists (select from tasker.step where state = 'in_progress')`;

describe('SIGTERM', () => {
  let stage: Stage;

  afterEach(() => stage?.close(), 30_000);

  it('under load lets what runs finish, exits 0, and leaves nothing for a rescue', async () => {
    stage = await Stage.open({ templates: [diamond('order', { min_ms: 20, max_ms: 400 })], worker: { slots: 40 } });
    await stage.create('order', 300);
    const durations: number[] = [];
    // as a deployment does: one after the other, and a new one for each
    for (let turn = 0; turn < 4; turn++) {
      const [worker] = await stage.startReady(1);
      await stage.until(
        'it is under load',
        `select count(*) > 20 from tasker.step where state = 'in_progress'`,
        10_000,
      );
      await delay(200);
      const startedMs = Date.now();
      worker!.signal('SIGTERM');
      expect(await worker!.whenEnded(10_000)).toEqual({ code: 0, signal: null });
      durations.push(Date.now() - startedMs);
      expect((await stage.query(`select ${IN_PROGRESS} as left`))[0]).toEqual({ left: false });
    }
    const states = await stage.query('select distinct state from tasker.worker');
    expect(states).toEqual([{ state: 'stopped' }]);
    await stage.startReady(1);
    await stage.untilSettled(30_000);
    const evidence = await gatherEvidence(stage);
    report('SIGTERM under load', { durations, ...countCauses(evidence.history) });
    expectOneResultEach(evidence);
    expect(countCauses(evidence.history)).not.toHaveProperty('worker_lost');
    expect(countCauses(evidence.history)).not.toHaveProperty('released');
  }, 60_000);

  it('gives back what does not finish within the deadline, without costing it an attempt', async () => {
    const held = 10;
    stage = await Stage.open({ templates: [single('long', { min_ms: 5_000 })], worker: { slots: held } });
    const [worker] = await stage.startReady(1, { drainMs: 1_000 });
    await stage.create('long', held);
    await stage.until('they run', `select count(*) = ${held} from tasker.step where state = 'in_progress'`, 10_000);
    const startedMs = Date.now();
    worker!.signal('SIGTERM');
    await stage.until('they are given back', `not ${IN_PROGRESS}`, 4_000);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(900);
    const forgiven = await stage.query('select distinct state, attempt, forgiven from tasker.step');
    expect(forgiven).toEqual([{ state: 'ready', attempt: 1, forgiven: 1 }]);
    expect(await worker!.whenEnded(10_000)).toEqual({ code: 0, signal: null });
    await stage.startReady(1);
    await stage.untilSettled(20_000);
    const { history } = await gatherEvidence(stage);
    const path = ['ready', 'claimed', 'released', 'claimed', 'succeeded'];
    expect(history.tasks.map(({ steps }) => steps[0]!.moves.map(({ cause }) => cause))).toEqual(Array(held).fill(path));
  }, 60_000);

  it('while a claim is under way leaves no step in the hands of a worker that has gone', async () => {
    stage = await Stage.open({ templates: [single('brief', { min_ms: 10 })], worker: { slots: 10, pollMs: 200 } });
    await stage.create('brief', 5);
    const blocker = new Client({ connectionString: stage.databaseUrl });
    await blocker.connect();
    try {
      // Rows are claimed by an update, which waits for this; nothing else that a worker does at its start or end does.
      await blocker.query('begin');
      await blocker.query('lock table tasker.step in share mode');
      const [worker] = await stage.startReady(1);
      const waiting = `select from pg_stat_activity where datname = current_database()
        and application_name = 'tasker' and wait_event_type = 'Lock' and query like '%advance%'`;
      await stage.until('its claim waits', `exists (${waiting})`, 10_000);
      worker!.signal('SIGTERM');
      await delay(1_500);
      await blocker.query('commit');
      expect(await worker!.whenEnded(10_000)).toEqual({ code: 0, signal: null });
    } finally {
      await blocker.end();
    }
    await stage.startReady(1);
    await stage.untilSettled(20_000);
    expectOneResultEach(await gatherEvidence(stage));
  }, 60_000);

  it('while the database is away ends within the deadline all the same', async () => {
    const database = await createTestDatabase();
    const way = await LossyWay.to(database.url);
    try {
      const templates = [single('long', { min_ms: 2_000 }), single('failing', { min_ms: 2_000, fail: 1 })];
      stage = await Stage.open({ templates, worker: { slots: 10, drainMs: 3_000 }, databaseUrl: way.url });
      const [worker] = await stage.startReady(1);
      await stage.create('long', 5);
      await stage.create('failing', 5);
      await stage.until('they run', `select count(*) = 10 from tasker.step where state = 'in_progress'`, 10_000);
      way.sever();
      worker!.signal('SIGTERM');
      expect(await worker!.whenEnded(3_000 + 5_000)).toEqual({ code: 0, signal: null });
      way.restore();
      // Nobody could be told: a rescuer gives its steps back.
      await stage.startReady(1);
      await stage.until('its steps are given back', `not ${IN_PROGRESS} or ${TAKEN_BACK}`, 15_000);
    } finally {
      await stage.close();
      await way.close();
      await database.drop();
    }
  }, 60_000);

  it('to a worker that comes back from the dead ends it, and leaves nothing in its hands', async () => {
    stage = await Stage.open({ templates: [single('brief', { min_ms: 100 })], worker: { slots: 2 } });
    const [worker] = await stage.startReady(1);
    await stage.create('brief', 500);
    // It is told that it was taken for dead, and takes a while to register again.
    await stage.query(`create function slowly() returns trigger language plpgsql
      as $$ begin perform pg_sleep(1); return new; end $$`);
    await stage.query('create trigger slowly before insert on tasker.worker for each row execute function slowly()');
    await stage.query(`update tasker.worker set state = 'lost', stopped_at = now()`);
    const registering = `select from pg_stat_activity where datname = current_database() and query like '%register_worker%'
      and state = 'active' and pid <> pg_backend_pid()`;
    await stage.until('it registers again', `exists (${registering})`, 10_000);
    worker!.signal('SIGTERM');
    expect(await worker!.whenEnded(5_000)).toEqual({ code: 0, signal: null });
    expect(await stage.query(`select from tasker.worker where state in ('live', 'draining')`)).toEqual([]);
    await stage.query('drop trigger slowly on tasker.worker');
    await stage.startReady(1, { slots: 50 });
    await stage.untilSettled(20_000);
    expectOneResultEach(await gatherEvidence(stage));
  }, 60_000);
});
