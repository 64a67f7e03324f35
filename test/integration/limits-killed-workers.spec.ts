import type { TemplateDefinition } from '../../src/index.js';
import type { Execution } from '../chaos/executions.js';
import { Stage } from '../chaos/stage.js';
import { diamond } from '../chaos/templates.js';
import type { Worker } from '../chaos/worker.js';

const LIMIT = 6;
const TASKS = 40;
const KILLS = 3;

const order: TemplateDefinition = {
  ...diamond('order', { min_ms: 100, max_ms: 400 }),
  workflow_config: { max_concurrent_steps: 2 },
  performance: { concurrency: { max_concurrent_steps: LIMIT, max_concurrent_tasks: 10 } },
};

/** When executions ran; one in a process that was killed ended with it. */
function spans(
  executions: readonly Execution[],
  workers: readonly Worker[],
): { key: string; from: number; to: number }[] {
  const killed = new Map(workers.flatMap(({ pid, killedMs }) => (killedMs === null ? [] : [[pid, killedMs] as const])));
  return executions.map(({ taskId, pid, startedMs, endedMs }) => {
    const to = endedMs ?? killed.get(pid);
    if (to === undefined) throw new Error(`an execution of task ${taskId} in process ${pid} has no end`);
    return { key: taskId, from: startedMs, to };
  });
}

/** Most spans that lie over each other at any time. */
function most(of: readonly { from: number; to: number }[]): number {
  const turns = of.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  turns.sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  return Math.max(...turns.map(({ by }) => (now += by)));
}

/** The worker process that runs most steps just now. */
async function whoRunsMost(stage: Stage): Promise<Worker> {
  const running = `select w.pid from tasker.step s join tasker.worker w on w.id = s.worker_id
    where s.state = 'in_progress' and w.state = 'live'`;
  await stage.until('a step runs', `exists (${running})`, 10_000);
  const [row] = await stage.query<{ pid: number }>(`${running} group by w.pid order by count(*) desc limit 1`);
  return stage.workers.find(({ pid, isRunning }) => isRunning && pid === row?.pid) ?? whoRunsMost(stage);
}

describe('limits while worker processes are killed', () => {
  let stage: Stage;
  let executed: ReturnType<typeof spans>;

  beforeAll(async () => {
    stage = await Stage.open({
      templates: [order],
      worker: { slots: 12, maxLosses: 20, heartbeatMs: 300, silentMs: 1_500 },
    });
    await stage.startReady(3);
    await stage.create('order', TASKS);
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = await whoRunsMost(stage);
      await victim.kill();
      await stage.start().ready;
    }
    await stage.untilSettled(90_000);
    executed = spans(await stage.executions(), stage.workers);
  }, 150_000);

  afterAll(() => stage?.close(), 30_000);

  it('are never exceeded: not that of the template, and not that of a task', () => {
    expect(most(executed)).toBeLessThanOrEqual(LIMIT);
    const byTask = new Map<string, typeof executed>();
    for (const one of executed) byTask.set(one.key, [...(byTask.get(one.key) ?? []), one]);
    expect(Math.max(...[...byTask.values()].map(most))).toBeLessThanOrEqual(2);
    // the limit was what held them up
    expect(most(executed)).toBe(LIMIT);
  });

  it('let every task complete, and every step once', async () => {
    const { tasks } = await stage.expectInvariants();
    expect(tasks.map(({ state }) => state)).toEqual(Array(TASKS).fill('complete'));
    expect(executed.length).toBeGreaterThan(TASKS * 5);
  });

  it('leave no permit behind', async () => {
    expect(await stage.query('select from tasker.step where gate is not null')).toEqual([]);
  });
});
