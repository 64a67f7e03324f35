import { countCauses, expectOneResultEach, gatherEvidence, report, type Evidence } from './evidence.js';
import { Stage } from './stage.js';
import { single } from './templates.js';
import type { Worker } from './worker.js';

/** Longer than any patience that one part of the engine has with another. */
const BLOCKED_MS = 31_000;
const COMPANY = 3;

describe('a handler that blocks the event loop for 30 s', () => {
  let stage: Stage;
  let evidence: Evidence;
  let blocked: Worker;

  beforeAll(async () => {
    const templates = [single('hog', { block_ms: BLOCKED_MS }), single('brief', { min_ms: 2_000 })];
    stage = await Stage.open({ templates, worker: { slots: 1 + COMPANY } });
    [blocked] = (await stage.startReady(1)) as [Worker];
    // These run beside it, and are kept waiting for their ends.
    await stage.create('brief', COMPANY);
    await stage.until('they run', `select count(*) = ${COMPANY} from tasker.step where state = 'in_progress'`, 10_000);
    await stage.create('hog', 1);
    const blockedSince = 'select blocked_since is not null from tasker.worker order by id limit 1';
    await stage.until('its heart says that it is blocked', blockedSince, 10_000);
    const startedMs = Date.now();
    // Another that could take its steps away, and looks every two seconds whether it should.
    await stage.startReady(1);
    await stage.untilSettled(BLOCKED_MS + 20_000);
    report('blocked event loop', { seconds: (Date.now() - startedMs) / 1000 });
    evidence = await gatherEvidence(stage);
  }, 90_000);

  afterAll(() => stage?.close(), 30_000);

  it('runs once, in the process that it blocks', () => {
    const hogs = evidence.history.tasks.filter(({ name }) => name === 'hog').map(({ id }) => id);
    const executions = evidence.executions.filter(({ taskId }) => hogs.includes(taskId));
    expect(executions).toEqual([expect.objectContaining({ attempt: 1, pid: blocked.pid })]);
    expect(executions[0]!.endedMs! - executions[0]!.startedMs).toBeGreaterThanOrEqual(BLOCKED_MS - 100);
  });

  it('does not make its worker look dead', () => {
    expect([...evidence.history.workers.values()]).toEqual(['live', 'live']);
  });

  it('costs none of the steps beside it an attempt', () => {
    expectOneResultEach(evidence);
    const steps = 1 + COMPANY;
    expect(countCauses(evidence.history)).toEqual({ ready: steps, claimed: steps, succeeded: steps });
  });
});
