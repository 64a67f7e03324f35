import type { Type } from '@nestjs/common';
import { EventSubscriber, type AnyEvent, type EventSubscriberOptions } from '../../src/index.js';
import { AuditStore } from '../../src/persistence/stores/audit.store.js';
import { engines, eventually, LOG } from '../support/engine.js';

const WORKS = {
  templates: [
    {
      name: 'one',
      step_templates: [{ name: 'only', handler_class: 'works' }],
      events: { step_events: [{ event: 'step_completed', publish_to: ['channel'] }] },
    },
  ],
  handlers: { works: () => ({ ok: true }) },
};

function subscriber(name: string, take: (event: AnyEvent) => unknown, options: Partial<EventSubscriberOptions>): Type {
  @EventSubscriber({ name, events: ['task.*', 'observability.worker.started'], ...options })
  class Watching {
    handle(event: AnyEvent) {
      return take(event);
    }
  }
  return Watching;
}

describe('a subscriber with the scope of the cluster', () => {
  const { start, beside } = engines();
  const names = (events: AnyEvent[], taskId: string): string[] =>
    events.filter((event) => (event as { task_id?: string }).task_id === taskId).map(({ event }) => event);

  it('gets the facts of all processes, its own included, each once and in order', async () => {
    const worker = await start(WORKS);
    const cluster: AnyEvent[] = [];
    const own: AnyEvent[] = [];
    const watching = await beside(worker, {
      ...WORKS,
      roles: ['api'],
      providers: [
        subscriber('cluster', (event) => void cluster.push(event), { scope: 'cluster' }),
        subscriber('own', (event) => void own.push(event), {}),
      ],
    });
    const { taskId } = await watching.create('one');
    const { taskId: other } = await worker.create('one');
    const whole = ['task.initialize_requested', 'task.started', 'task.completed'];
    await eventually('both have ended', () =>
      [taskId, other].every((id) => names(cluster, id).includes('task.completed')),
    );
    expect(names(cluster, taskId)).toEqual(whole);
    expect(names(cluster, other)).toEqual(whole);
    expect(own.map(({ event }) => event)).toEqual(['task.initialize_requested']);
    // at most once: a subscriber that fails is not asked again
    expect(new Set(cluster.map(({ event_id }) => event_id)).size).toBe(cluster.length);
  });

  it('gets what the audit does not know from its own process, and what templates send to it by name', async () => {
    const events: AnyEvent[] = [];
    const channel = subscriber('channel', (event) => void events.push(event), { scope: 'cluster' });
    const engine = await start({ ...WORKS, providers: [channel] });
    const { taskId } = await engine.run('one');
    await eventually('the task has ended', () => names(events, taskId).includes('task.completed'));
    expect(events.filter(({ event }) => event === 'observability.worker.started')).toHaveLength(1);
    expect(names(events, taskId).filter((event) => event === 'step.completed')).toHaveLength(1);
  });

  it('that fails has that logged, and gets the next', async () => {
    let calls = 0;
    const failing = subscriber(
      'failing',
      () => {
        calls += 1;
        throw new Error('not today');
      },
      { scope: 'cluster', events: ['task.*'] },
    );
    const engine = await start({ ...WORKS, providers: [failing] });
    await engine.run('one');
    await eventually('it was called for each', () => calls === 3);
    expect(LOG.lines.join('\n')).toMatch(/"failing" failed to take task\.completed: Error: not today/);
  });

  it('is what makes a process read the audit: without one, and without a durable one, nothing is read', async () => {
    const horizon = jest.spyOn(AuditStore.prototype, 'horizon');
    const engine = await start({ ...WORKS, providers: [subscriber('own', () => undefined, {})] });
    await engine.run('one');
    expect(horizon).not.toHaveBeenCalled();
    horizon.mockRestore();
  });
});
