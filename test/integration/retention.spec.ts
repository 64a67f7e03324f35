import { DeliveryService, EventSubscriber, PermanentError, type AnyEvent } from '../../src/index.js';
import { RetentionSweep } from '../../src/worker/retention-sweep.js';
import { engines, eventually, graph, LOG, single, type Engine } from '../support/engine.js';

const { start } = engines();

const SOON = { retention: { finishedTasksSeconds: 0.001 } };
const handlers = {
  works: () => ({ token: 'hush' }),
  fails: () => Promise.reject(new PermanentError('no')),
  notes: ({ publish }: { publish: (event: string, payload: object) => void }) => {
    publish('paid', { token: 'hush' });
    return { token: 'hush' };
  },
};
const sweep = (engine: Engine): Promise<void> => engine.get(RetentionSweep).sweepNow();
const isGone = async (engine: Engine, taskId: string): Promise<boolean> => {
  await sweep(engine);
  return (await engine.sql('select from task where id = $1', [taskId])).length === 0;
};

describe('retention', () => {
  it('deletes finished tasks after it, and what can yet be repaired never', async () => {
    const engine = await start({ templates: [single('works'), single('fails')], handlers, tasker: SOON });
    const failed = await engine.run('fails');
    const done = await engine.run('works', { idempotencyKey: 'once' });

    await eventually('the finished task is gone', () => isGone(engine, done.taskId));

    await expect(engine.client.getTask(done.taskId)).rejects.toMatchObject({ code: 'task_not_found' });
    expect((await engine.client.listTasks()).tasks.map(({ taskId }) => taskId)).toEqual([failed.taskId]);
    expect(await engine.sql('select from transition where task_id = $1', [done.taskId])).toEqual([]);
    expect((await engine.run('works', { idempotencyKey: 'once' })).taskId).not.toBe(done.taskId);
    await engine.client.resolveTask(failed.taskId, { reason: 'by hand' });
    await eventually('the resolved task is gone', () => isGone(engine, failed.taskId));
    expect(LOG.lines).toContain('log Deleted 1 finished tasks that were past their retention');
  });

  it('keeps everything where nobody has asked for it, but for the data that a template wants removed', async () => {
    const security = { pci_compliance: { data_retention: 0.001 }, encryption: { enabled: true } };
    const engine = await start({
      templates: [
        graph('cards', { notes: [], works: ['notes'] }, { security, custom_events: [{ name: 'paid' }] }),
        single('works'),
      ],
      handlers,
      tasker: { encryption: { keys: `2026-11=${'a1'.repeat(32)}` } },
    });
    const context = { number: '4111' };
    const [cards, plain] = [await engine.run('cards', { context }), await engine.run('works', { context })];
    expect(cards.view.context).toEqual(context);

    await eventually('the context is gone', async () => {
      await sweep(engine);
      return (await engine.look(cards.taskId)).view.context.erased === true;
    });

    const erased = await engine.look(cards.taskId);
    expect(erased.status).toBe('complete');
    expect(erased.view.context).toEqual({ erased: true });
    expect(['notes', 'works'].map((step) => erased.step(step).results)).toEqual([null, null]);
    expect(erased.view.transitions).toEqual(
      cards.view.transitions!.map((move) => expect.objectContaining({ at: move.at, to: move.to }) as unknown),
    );
    expect(await engine.sql('select payload from custom_event')).toEqual([{ payload: { erased: true } }]);
    const kept = await engine.look(plain.taskId);
    expect([kept.view.context, kept.step('only').results]).toEqual([context, { token: 'hush' }]);
  });

  it('keeps a task until a durable subscriber has been given its events, and says so', async () => {
    const got: string[] = [];
    @EventSubscriber({ name: 'ledger', events: ['task.completed'], delivery: 'durable' })
    class Ledger {
      handle({ task_id }: AnyEvent & { task_id: string }): void {
        got.push(task_id);
      }
    }
    const engine = await start({ templates: [single('works')], handlers, providers: [Ledger], tasker: SOON });
    const delivery = engine.get(DeliveryService);
    const first = await engine.run('works');
    await eventually('it is given, and gone', () => isGone(engine, first.taskId));
    expect(got).toEqual([first.taskId]);

    await delivery.pause('ledger');
    const second = await engine.run('works');
    await eventually('somebody is told why it is kept', async () => {
      await sweep(engine);
      return LOG.lines.some((line) => line.startsWith('warn 1 finished tasks are past their retention'));
    });
    expect(await engine.sql('select from task where id = $1', [second.taskId])).toHaveLength(1);
    await delivery.resume('ledger');
    await eventually('it is given, and gone', () => isGone(engine, second.taskId));
    expect(got).toEqual([first.taskId, second.taskId]);
  });
});
