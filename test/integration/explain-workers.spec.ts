import { StepHandlerRegistry, type ReasonKind } from '../../src/index.js';
import { engines, eventually, Gate, single, type Engine } from '../support/engine.js';

const { start, beside } = engines();

const templates = [single('pay'), single('send')];
const reasonsOf = async (engine: Engine, taskId: string): Promise<ReasonKind[]> =>
  (await engine.client.explain(taskId)).reasons.map(({ kind }) => kind);

describe('what workers say that they claim', () => {
  it('makes it known that nobody has a handler, until a worker comes that has it, and once it has gone', async () => {
    const api = await start({ templates, roles: ['api'] });
    const other = await beside(api, { roles: ['worker'], handlers: { send: () => 'sent' } });
    const { taskId } = await api.create('pay');
    expect(await reasonsOf(api, taskId)).toEqual(['no_worker']);
    expect((await api.run('send')).status).toBe('complete');

    const gate = new Gate();
    const payer = await beside(api, { roles: ['worker'], handlers: { pay: () => gate.pass() } });
    await gate.reached();
    expect(await reasonsOf(api, taskId)).toEqual(['running']);
    gate.open();
    expect((await api.finished(taskId)).status).toBe('complete');

    await payer.stop();
    const { taskId: late } = await api.create('pay');
    expect(await reasonsOf(api, late)).toEqual(['no_worker']);
    await other.stop();
  });

  it('follows what is registered while they run', async () => {
    const api = await start({ templates, roles: ['api'] });
    const worker = await beside(api, { roles: ['worker'], handlers: { send: () => 'sent' } });
    const { taskId } = await api.create('pay');
    expect(await reasonsOf(api, taskId)).toEqual(['no_worker']);
    worker.get(StepHandlerRegistry).register({ process: () => 'paid' }, 'pay');
    expect((await api.finished(taskId)).status).toBe('complete');

    await eventually('it says so', async () => {
      const [row] = await api.sql<{ names: string[] }>(
        'select array_agg(h.name order by h.name) as names from worker w join handler h on h.id = any (w.handlers)',
      );
      return String(row!.names) === 'pay,send,tasker.bypass';
    });
    const paused = await api.create('pay', { runAt: new Date(Date.now() + 3_600_000) });
    expect(await reasonsOf(api, paused.taskId)).toEqual(['run_at']);
  });
});
