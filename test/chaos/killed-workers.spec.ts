import { setTimeout as delay } from 'node:timers/promises';
import { countCauses, expectOneResultEach, gatherEvidence, report, rescueTimes, type Evidence } from './evidence.js';
import { Stage } from './stage.js';
import { diamond } from './templates.js';
import type { Worker } from './worker.js';

const TASKS = 200;
const WORKERS = 4;
const CHAOS_MS = 20_000;
const EVERY_MS = 1_000;

describe('worker processes that are killed every second', () => {
  let stage: Stage;
  let evidence: Evidence;
  const killed: Worker[] = [];

  beforeAll(async () => {
    const templates = [diamond('order', { min_ms: 200, max_ms: 1_800 })];
    // A step may be lost more often in these seconds than an operator would bear with.
    stage = await Stage.open({ templates, worker: { slots: 12, maxLosses: 20 } });
    await stage.startReady(WORKERS);
    await stage.create('order', TASKS);
    const startedMs = Date.now();
    while (Date.now() < startedMs + CHAOS_MS) {
      await delay(EVERY_MS);
      // The oldest, which holds steps by now; on a machine so busy that nobody else is up yet, it is spared for a turn.
      const [victim, ...others] = stage.workers.filter(({ isRunning, isReady }) => isRunning && isReady);
      if (others.length === 0) continue;
      await victim!.kill();
      killed.push(victim!);
      stage.start();
    }
    await stage.untilSettled(60_000);
    evidence = await gatherEvidence(stage);
    const times = await rescueTimes(stage, killed);
    report('killed workers', {
      kills: killed.length,
      seconds: (Date.now() - startedMs) / 1000,
      slowestRescueMs: Math.round(Math.max(...times)),
      ...countCauses(evidence.history),
    });
  }, 120_000);

  afterAll(() => stage?.close(), 30_000);

  it('complete every task nevertheless', () => {
    expect(killed.length).toBeGreaterThanOrEqual(CHAOS_MS / EVERY_MS / 2);
    expect(evidence.history.tasks.map(({ state }) => state)).toEqual(Array(TASKS).fill('complete'));
  });

  it('leave every step with one accepted result, after which it never ran again', () => {
    expectOneResultEach(evidence);
  });

  it('lost steps, each of which was given back within 15 s of its worker’s death', async () => {
    const times = await rescueTimes(stage, killed);
    expect(times.length).toBeGreaterThan(0);
    expect(Math.max(...times)).toBeLessThan(15_000);
  });
});
