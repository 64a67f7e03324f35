import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { countCauses, expectOneResultEach, gatherEvidence, report, type Evidence } from './evidence.js';
import { Stage } from './stage.js';
import { single } from './templates.js';
import type { Worker } from './worker.js';

const HELD = 8;
const FROZEN_MS = 20_000;

describe('a worker that is frozen for 20 s', () => {
  let stage: Stage;
  let evidence: Evidence;
  let frozen: Worker;
  let other: Worker;
  /** Numbers under which each process has registered. */
  let numbers: Map<number, number[]>;

  beforeAll(async () => {
    const templates = [single('long', { min_ms: 4_000, max_ms: 5_000 }), single('short', { min_ms: 300 })];
    stage = await Stage.open({ templates, worker: { slots: HELD } });
    [frozen] = (await stage.startReady(1)) as [Worker];
    await stage.create('long', HELD);
    await stage.until('it runs them all', runningIn(frozen), 10_000);
    [other] = (await stage.startReady(1)) as [Worker];
    frozen.signal('SIGSTOP');
    const frozenMs = Date.now();
    await delay(FROZEN_MS / 2);
    await stage.until('its steps are taken back', `${countOf('worker_lost')} = ${HELD}`, FROZEN_MS / 2);
    const lostMs = Date.now() - frozenMs;
    await delay(frozenMs + FROZEN_MS - Date.now());
    frozen.signal('SIGCONT');
    await stage.until('its late results are refused', `${countOf('refused')} = ${HELD}`, 15_000);
    // More than the other one has slots for.
    await stage.create('short', 10 * HELD);
    await stage.untilSettled(20_000);
    evidence = await gatherEvidence(stage);
    const rows = await stage.query<{ pid: number; ids: number[] }>(
      'select pid, array_agg(id order by id) as ids from tasker.worker group by pid',
    );
    numbers = new Map(rows.map(({ pid, ids }) => [pid, ids]));
    report('frozen worker', { lostMs, ...countCauses(evidence.history) });
  }, 90_000);

  afterAll(() => stage?.close(), 30_000);

  const runningIn = ({ pid }: Worker): string =>
    `select count(*) = ${HELD} from tasker.step s join tasker.worker w on w.id = s.worker_id
     where s.state = 'in_progress' and w.pid = ${pid}`;
  const countOf = (cause: string): string =>
    `(select count(*) from tasker.transition where cause = '${cause}' and at is not null)`;
  const causesOf = (name: string): string[][] =>
    evidence.history.tasks
      .filter((task) => task.name === name)
      .flatMap(({ steps }) => steps.map(({ moves }) => moves.map(({ cause }) => cause)));

  it('loses its steps, which others complete in their second attempt', () => {
    const path = ['ready', 'claimed', 'worker_lost', 'claimed', 'succeeded'];
    expect(causesOf('long')).toEqual(Array(HELD).fill(path));
    expectOneResultEach(evidence);
  });

  it('has each of its late results refused and recorded', () => {
    const late = evidence.executions.filter(({ pid }) => pid === frozen.pid).slice(0, HELD);
    expect([...evidence.refused].sort()).toEqual(late.map(({ id }) => id).sort());
    expect(evidence.history.tasks.flatMap(({ steps }) => steps.flatMap(({ refused }) => refused))).toEqual(
      Array.from({ length: HELD }, () => expect.objectContaining({ attempt: 1, from: null, to: null })),
    );
  });

  it('goes on working afterwards, under a new number', () => {
    const [first, second, ...more] = numbers.get(frozen.pid)!;
    expect(more).toEqual([]);
    expect(evidence.history.workers.get(first!)).toBe('lost');
    expect(evidence.history.workers.get(second!)).toBe('live');
    const successes = evidence.history.tasks.flatMap(({ steps }) =>
      steps.flatMap(({ moves }) => moves.filter(({ cause }) => cause === 'succeeded')),
    );
    expect(successes.some(({ workerId }) => workerId === second)).toBe(true);
    expect(successes.some(({ workerId }) => workerId === first)).toBe(false);
  });

  it('disturbs no other worker', () => {
    expect(numbers.get(other.pid)).toHaveLength(1);
  });
});

describe('a worker that is frozen before it hears of what it has claimed', () => {
  const TASKS = 5;
  let stage: Stage;
  let evidence: Evidence;
  let frozen: Worker;

  beforeAll(async () => {
    const worker = { slots: TASKS, silentMs: 3_000, heartbeatMs: 500 };
    stage = await Stage.open({ templates: [single('brief', { min_ms: 10 })], worker });
    await stage.create('brief', TASKS);
    const blocker = new Client({ connectionString: stage.databaseUrl });
    await blocker.connect();
    try {
      // Rows are claimed by an update, which waits for this; nothing else that a worker does at its start does.
      await blocker.query('begin');
      await blocker.query('lock table tasker.step in share mode');
      [frozen] = (await stage.startReady(1)) as [Worker];
      const waiting = `select from pg_stat_activity where datname = current_database()
        and application_name = 'tasker' and wait_event_type = 'Lock' and query like '%advance%'`;
      await stage.until('its claim waits', `exists (${waiting})`, 10_000);
      frozen.signal('SIGSTOP');
      await blocker.query('commit');
    } finally {
      await blocker.end();
    }
    const held = `select count(*) = ${TASKS} from tasker.step where state = 'in_progress'`;
    await stage.until('its claim is done', held, 10_000);
    await stage.startReady(1);
    await stage.untilSettled(30_000);
    frozen.signal('SIGCONT');
    const again = `select count(*) = 2 from tasker.worker where pid = ${frozen.pid}`;
    await stage.until('it goes on under a new number', again, 20_000);
    evidence = await gatherEvidence(stage);
  }, 90_000);

  afterAll(() => stage?.close(), 30_000);

  it('does not run what others have run meanwhile', () => {
    expect(evidence.executions.filter(({ pid }) => pid === frozen.pid)).toEqual([]);
    expectOneResultEach(evidence);
    expect(evidence.refused).toEqual([]);
  });
});
