import { countCauses, expectOneResultEach, gatherEvidence, report, type Evidence } from './evidence.js';
import { Stage } from './stage.js';
import { single } from './templates.js';

const TASKS = 5_000;

describe('two workers and 5,000 tasks', () => {
  let stage: Stage;
  let evidence: Evidence;

  beforeAll(async () => {
    stage = await Stage.open({ templates: [single('small', { min_ms: 1, max_ms: 20 })], worker: { slots: 50 } });
    await stage.startReady(2);
    const startedMs = Date.now();
    await stage.create('small', TASKS);
    await stage.untilSettled(60_000);
    report('shared work', { seconds: (Date.now() - startedMs) / 1000 });
    evidence = await gatherEvidence(stage);
  }, 120_000);

  afterAll(() => stage?.close(), 30_000);

  it('claim no step twice', () => {
    expect(countCauses(evidence.history)).toEqual({ ready: TASKS, claimed: TASKS, succeeded: TASKS });
    expect(evidence.executions).toHaveLength(TASKS);
    expectOneResultEach(evidence);
  });

  it('share the work: each does more than a fifth of it', () => {
    const shares = stage.workers.map(({ pid }) => evidence.executions.filter((one) => one.pid === pid).length / TASKS);
    report('shared work', { shares });
    expect(Math.min(...shares)).toBeGreaterThan(0.2);
  });
});
