import { setTimeout as delay } from 'node:timers/promises';
import { countCauses, expectOneResultEach, gatherEvidence, report, type Evidence } from './evidence.js';
import { LossyWay } from './lossy-way.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Stage } from './stage.js';
import { diamond } from './templates.js';

const TASKS = 300;
const CUTS = 8;
const EVERY_MS = 1_000;

describe('workers whose connections are cut again and again', () => {
  let stage: Stage;
  let evidence: Evidence;
  let cut = 0;

  beforeAll(async () => {
    stage = await Stage.open({ templates: [diamond('order', { min_ms: 20, max_ms: 600 })], worker: { slots: 30 } });
    await stage.startReady(2);
    await stage.create('order', TASKS);
    const startedMs = Date.now();
    for (let turn = 0; turn < CUTS; turn++) {
      await delay(EVERY_MS);
      const connections = await stage.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'tasker%'`,
      );
      cut += connections.length;
    }
    await stage.untilSettled(40_000);
    evidence = await gatherEvidence(stage);
    report('cut connections', { seconds: (Date.now() - startedMs) / 1000, cut, ...countCauses(evidence.history) });
  }, 90_000);

  afterAll(() => stage?.close(), 30_000);

  it('complete every task', () => {
    expect(evidence.history.tasks.map(({ state }) => state)).toEqual(Array(TASKS).fill('complete'));
  });

  it('leave every step with one accepted result, after which it never ran again', () => {
    expectOneResultEach(evidence);
  });

  it('leave nothing in progress, and are taken for dead by nobody', () => {
    const states = new Set(evidence.history.tasks.flatMap(({ steps }) => steps.map(({ state }) => state)));
    expect([...states]).toEqual(['complete']);
    expect([...evidence.history.workers.values()]).toEqual(['live', 'live']);
  });
});

describe('workers that lose the answers of the database again and again', () => {
  let database: TestDatabase;
  let way: LossyWay;
  let stage: Stage;
  let evidence: Evidence;

  beforeAll(async () => {
    database = await createTestDatabase();
    way = await LossyWay.to(database.url);
    const templates = [diamond('order', { min_ms: 5, max_ms: 300 })];
    stage = await Stage.open({ templates, worker: { slots: 20 }, databaseUrl: way.url });
    await stage.startReady(2);
    await stage.create('order', TASKS);
    const startedMs = Date.now();
    for (let turn = 0; turn < CUTS; turn++) {
      await delay(EVERY_MS);
      await way.loseAnswers(100);
    }
    await stage.untilSettled(40_000);
    evidence = await gatherEvidence(stage);
    report('lost answers', { seconds: (Date.now() - startedMs) / 1000, ...countCauses(evidence.history) });
  }, 90_000);

  afterAll(async () => {
    await stage?.close();
    await way?.close();
    await database?.drop();
  }, 30_000);

  it('complete every task', () => {
    expect(evidence.history.tasks.map(({ state }) => state)).toEqual(Array(TASKS).fill('complete'));
  });

  it('leave every step with one accepted result, after which it never ran again', () => {
    expectOneResultEach(evidence);
  });

  it('give back claims whose answers were lost, without costing them an attempt', () => {
    const { released, claimed, handed_off, succeeded, worker_lost } = countCauses(evidence.history);
    expect(released).toBeGreaterThan(0);
    expect({ succeeded, starts: claimed! + handed_off!, worker_lost }).toEqual({
      succeeded: 5 * TASKS,
      starts: 5 * TASKS + released!,
      worker_lost: undefined,
    });
  });

  it('know results that were accepted in an answer that was lost, and refuse none', () => {
    expect(evidence.refused).toEqual([]);
  });
});
