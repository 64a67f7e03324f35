import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { countCauses, expectOneResultEach, gatherEvidence, report } from './evidence.js';
import { Stage } from './stage.js';
import { diamond, single } from './templates.js';

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
      await stage.until('it is under load', `select count(*) > 20 from tasker.step where state = 'in_progress'`, 10_000);
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
});
