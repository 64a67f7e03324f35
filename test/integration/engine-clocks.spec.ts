import { Rescuer } from '../../src/worker/rescuer.js';
import { engines, eventually, single, type Engine } from '../support/engine.js';
import { SqlEngine } from '../support/sql-engine.js';

const { start, beside } = engines();

const QUICK = { silentMs: 600, heartbeatMs: 100, pollMs: 50 };
const DAYS_MS = 3 * 86_400_000;

/** The wall clock of this process stands elsewhere while `work` goes on, as if somebody had set it. */
async function whileClockStands(shiftMs: number, work: () => Promise<void>): Promise<void> {
  const now = Date.now;
  const spy = jest.spyOn(Date, 'now').mockImplementation(() => now.call(Date) + shiftMs);
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
}

describe('a wall clock that was set ahead by three days and back', () => {
  it('does not keep a worker from rescuing the steps of others', async () => {
    const templates = [single('work')];
    const api = await start({ templates, roles: ['api'] });
    const rescuer = await beside(api, { handlers: { other: () => 1 }, worker: QUICK });
    await whileClockStands(DAYS_MS, () => rescuer.get(Rescuer).sweepNow());

    const { taskId } = await api.create('work');
    const sql = await SqlEngine.beside(api);
    const dead = await sql.worker('dead');
    await dead.claim();
    await sql.silence(dead, 60_000);
    await eventually('the step is given back', async () => (await stateOf(api, taskId)) === 'ready');
    await sql.stop();
  });
});

const stateOf = async (engine: Engine, taskId: string): Promise<string> => (await engine.look(taskId)).statuses.only!;
