import { setTimeout as delay } from 'node:timers/promises';
import { countCauses, expectOneResultEach, gatherEvidence, report, type Evidence } from './evidence.js';
import { OwnCluster, type StopMode } from './own-cluster.js';
import { Stage } from './stage.js';
import { diamond } from './templates.js';

const TASKS = 200;
/** How it is stopped, and for how long: once for longer than a worker may be silent. */
const RESTARTS: [mode: StopMode, downMs: number][] = [
  ['fast', 700],
  ['immediate', 11_000],
  ['immediate', 700],
];
const EVERY_MS = 4_000;

describe('a PostgreSQL that is stopped and started three times under load', () => {
  let cluster: OwnCluster;
  let stage: Stage;
  let evidence: Evidence;

  beforeAll(async () => {
    cluster = await OwnCluster.start();
    const templates = [diamond('order', { min_ms: 100, max_ms: 1_500 })];
    stage = await Stage.open({ templates, worker: { slots: 25 }, databaseUrl: cluster.url });
    await stage.startReady(2);
    await stage.create('order', TASKS);
    const startedMs = Date.now();
    for (const [mode, downMs] of RESTARTS) {
      await delay(EVERY_MS);
      await cluster.restart(mode, downMs);
    }
    await stage.untilSettled(60_000);
    evidence = await gatherEvidence(stage);
    report('restarted database', {
      seconds: (Date.now() - startedMs) / 1000,
      executions: evidence.executions.length,
      ...countCauses(evidence.history),
    });
  }, 120_000);

  afterAll(async () => {
    await stage?.close();
    await cluster?.stop();
  }, 30_000);

  it('keeps every task, and all complete', () => {
    expect(evidence.history.tasks.map(({ state }) => state)).toEqual(Array(TASKS).fill('complete'));
  });

  it('leaves every step with one accepted result, after which it never ran again', () => {
    expectOneResultEach(evidence, { lostClaims: true });
  });

  it('makes nobody take a worker for dead, since none could say that it lives', () => {
    expect([...evidence.history.workers.values()]).toEqual(['live', 'live']);
    expect(countCauses(evidence.history)).not.toHaveProperty('worker_lost');
  });

  it('leaves the worker processes running', () => {
    expect(stage.workers.map(({ isRunning }) => isRunning)).toEqual([true, true]);
  });
});
