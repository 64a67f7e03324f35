import type { Type } from '@nestjs/common';
import { DeliveryService, EventSubscriber, type AnyEvent, type EventSubscriberOptions } from '../../src/index.js';
import { engines, eventually, type Engine } from '../support/engine.js';

const ONE = { name: 'one', step_templates: [{ name: 'only', handler_class: 'works' }] };
const WORKS = { handlers: { works: () => ({ ok: true }) }, templates: [ONE] };

type Got = AnyEvent & { event_id: string; task_id: string };
type Take = (event: Got, attempt: { signal: AbortSignal }) => unknown;

function subscriber(take: Take, options: Partial<EventSubscriberOptions> = {}): Type {
  @EventSubscriber({ name: 'books', events: ['task.*'], delivery: 'durable', ...options })
  class Books {
    handle(event: Got, attempt: { signal: AbortSignal }) {
      return take(event, attempt);
    }
  }
  return Books;
}

describe('a durable subscription', () => {
  const { start, beside } = engines();
  let got: Got[];
  beforeEach(() => (got = []));

  const take = (event: Got): void => void got.push(event);
  const of = (taskId: string): string[] => got.filter((event) => event.task_id === taskId).map(({ event }) => event);
  const arrived = (taskId: string): Promise<void> =>
    eventually('the task’s end has arrived', () => of(taskId).includes('task.completed'));
  const figures = (engine: Engine) => engine.get(DeliveryService).get('books');

  it('begins with what happens from now on, or with all there is; and goes on where it was', async () => {
    const engine = await start(WORKS);
    const { taskId: before } = await engine.run('one');
    const history: Got[] = [];
    const all = subscriber((event) => void history.push(event), { name: 'history', startFrom: 'beginning' });
    await engine.restart({ providers: [subscriber(take), all] });
    const { taskId: first } = await engine.run('one');
    await arrived(first);
    await engine.restart({ providers: [] });
    const { taskId: meanwhile } = await engine.run('one');
    expect(of(meanwhile)).toEqual([]);

    await engine.restart({ providers: [subscriber(take), all] });
    await arrived(meanwhile);
    await eventually('history is complete', () => history.length >= 9);
    expect(of(before)).toEqual([]);
    expect(got).toHaveLength(6);
    for (const taskId of [before, first, meanwhile]) {
      const events = history.filter(({ task_id }) => task_id === taskId).map(({ event }) => event);
      expect(events).toEqual(['task.initialize_requested', 'task.started', 'task.completed']);
    }
  });

  it('has events tried again by the next process, where the one that had them is gone', async () => {
    let refuses = true;
    const moody = (): Type =>
      subscriber(
        (event) => {
          if (refuses && event.event === 'task.started') throw new Error('no');
          take(event);
        },
        { retry: { backoff: { kind: 'fixed', baseMs: 300 } } },
      );
    const engine = await start({ ...WORKS, providers: [moody()] });
    const { taskId } = await engine.run('one');
    await eventually('it waits', async () => (await figures(engine)).waiting === 2);
    refuses = false;
    await engine.restart({ providers: [moody()] });
    await arrived(taskId);
    expect(of(taskId)).toEqual(['task.initialize_requested', 'task.started', 'task.completed']);
  });

  it('has one owner among the processes that run it; when that one is stopped another goes on at once', async () => {
    const engine = await start({ ...WORKS, providers: [subscriber(take)], worker: { name: 'first' } });
    const other = await beside(engine, { ...WORKS, providers: [subscriber(take)], worker: { name: 'second' } });
    const tasks: string[] = [];
    for (let n = 0; n < 20; n++) tasks.push((await (n % 2 ? engine : other).run('one')).taskId);
    await Promise.all(tasks.map(arrived));
    expect(got).toHaveLength(60);
    await engine.stop();
    await arrived((await other.run('one')).taskId);
    expect(got).toHaveLength(63);
    await eventually('its position is stored', async () => (await figures(other)).lagRows === 0);
  });

  it('is taken over from a process that has said nothing for as long as its lease goes, and that is told', async () => {
    let signal: AbortSignal | undefined;
    const slow = subscriber((_event, attempt) => {
      signal ??= attempt.signal;
      return new Promise(() => undefined);
    });
    const engine = await start({ ...WORKS, providers: [slow] });
    const { taskId } = await engine.create('one');
    await eventually('it is offered', () => signal !== undefined);
    await engine.sql(
      `update subscription set holder = gen_random_uuid(), holder_name = 'dead', leased_until = now() + interval '1 second'`,
    );
    await eventually('it is told', () => signal!.aborted);
    const other = await beside(engine, { ...WORKS, providers: [subscriber(take)] });
    await engine.stop();
    await arrived(taskId);
    expect(of(taskId)).toHaveLength(3);
    expect((await figures(other)).holder).not.toBe('dead');
  });

  it('reads again from its stored position where the server has lost what was not on disk', async () => {
    const engine = await start({ ...WORKS, providers: [subscriber(take)] });
    await arrived((await engine.run('one')).taskId);
    // PostgreSQL counts anew after a crash: that is what it is known by
    await engine.sql(`select pg_stat_reset_shared('wal')`);
    const tasks: string[] = [];
    for (let n = 0; n < 5; n++) tasks.push((await engine.run('one')).taskId);
    await Promise.all(tasks.map(arrived));
    for (const taskId of tasks) {
      expect([...new Set(of(taskId))]).toEqual(['task.initialize_requested', 'task.started', 'task.completed']);
    }
  });

  it('delivers nothing while it is paused, and all of it when it is resumed', async () => {
    const engine = await start({ ...WORKS, providers: [subscriber(take)] });
    const delivery = engine.get(DeliveryService);
    await arrived((await engine.run('one')).taskId);
    expect(await delivery.pause('books')).toMatchObject({ state: 'paused' });
    await eventually('it is let go', async () => (await figures(engine)).holder === null);
    const { taskId } = await engine.run('one');
    await eventually('it lags', async () => (await figures(engine)).lagRows >= 4);
    expect(of(taskId)).toEqual([]);
    await delivery.resume('books');
    await arrived(taskId);
  });

  it('writes nothing where there is nothing to deliver', async () => {
    const more = subscriber(take, { name: 'more' });
    const engine = await start({ ...WORKS, roles: ['api'], providers: [subscriber(take), more], worker: SHORT });
    const list = () => engine.get(DeliveryService).list();
    await engine.create('one');
    await eventually('both have it', () => got.length === 2);
    await eventually('the positions are stored', async () => (await list()).every(({ lagRows }) => lagRows === 0));
    const row = () => engine.sql('select xmin, * from subscription order by name');
    const before = await row();
    await eventually('the leases have ended', async () => (await list()).every(({ holder }) => holder === null));
    await engine.sql('select pg_sleep(0.5)');
    expect(await row()).toEqual(before);
  });
});

/** Leases end soon. */
const SHORT = { silentMs: 500, heartbeatMs: 100 };
