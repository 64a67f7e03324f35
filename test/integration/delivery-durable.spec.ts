import type { Type } from '@nestjs/common';
import {
  DeliveryService,
  EventSubscriber,
  PermanentError,
  RetryableError,
  type AnyEvent,
  type DeliveryAttempt,
  type EventSubscriberOptions,
  type TemplateDefinition,
} from '../../src/index.js';
import { engines, eventually, type Engine } from '../support/engine.js';

const AT_ONCE = { backoff: { kind: 'none' } } as const;

type Got = AnyEvent & { event_id: string; task_id: string; task_name: string };
type Take = (event: Got, attempt: DeliveryAttempt) => unknown;

/** A durable subscriber that does with the events of tasks of its own name what the test says. */
function subscriber(name: string, take: Take, options: Partial<EventSubscriberOptions> = {}): Type {
  @EventSubscriber({ name, events: ['task.*'], filter: { name }, delivery: 'durable', retry: AT_ONCE, ...options })
  class Books {
    handle(event: Got, attempt: DeliveryAttempt) {
      return take(event, attempt);
    }
  }
  return Books;
}

const template = (name: string): TemplateDefinition => ({
  name,
  custom_events: [{ name: 'paid' }],
  step_templates: [{ name: 'only', handler_class: 'works' }],
});
const NAMES = ['plain', 'reluctant', 'picky', 'refusing', 'gone', 'moody', 'busy', 'chooses'];

describe('a durable subscriber', () => {
  const { start, make } = engines('afterAll');
  const got: Got[] = [];
  /** What a subscriber is to do, by its name; it takes the event where nothing is said. */
  const behave: Record<string, Take> = {};
  let engine: Engine;
  let delivery: DeliveryService;

  const take: Take = (event, attempt) => {
    behave[event.task_name]?.(event, attempt);
    got.push(event);
  };
  const of = (taskId: string): string[] => got.filter((event) => event.task_id === taskId).map(({ event }) => event);
  const arrived = (taskId: string): Promise<void> =>
    eventually('the task’s end has arrived', () => of(taskId).includes('task.completed'));
  const parked = (name: string, count: number): Promise<void> =>
    eventually(`${count} are parked`, async () => (await delivery.get(name)).parked === count);

  beforeAll(async () => {
    const options: Record<string, Partial<EventSubscriberOptions>> = {
      picky: { retry: { backoff: { kind: 'fixed', baseMs: 60_000 } } },
      refusing: { retry: { limit: 3, ...AT_ONCE } },
      moody: { events: ['task.completed'] },
      chooses: { events: ['step.completed', 'default.*'], filter: { name: 'chooses', condition: 'attempt == 1' } },
    };
    engine = await start({
      templates: NAMES.map(template),
      handlers: {
        works: ({ publish, task }) => {
          if (task.context.pay) publish('paid', { amount: 12 });
          return { ok: true };
        },
      },
      providers: NAMES.map((name) => subscriber(name, take, options[name])),
    });
    delivery = engine.get(DeliveryService);
  });

  it('gets the events of a task in their order, each with an id of its own', async () => {
    const { taskId } = await engine.run('plain');
    await arrived(taskId);
    expect(of(taskId)).toEqual(['task.initialize_requested', 'task.started', 'task.completed']);
    expect(new Set(got.map(({ event_id }) => event_id)).size).toBe(got.length);
  });

  it('is offered an event again under the same id until it takes it, later ones of the task waiting behind', async () => {
    const offers: number[] = [];
    const ids = new Set<string>();
    behave.reluctant = (event, { attempt, eventId }) => {
      if (event.event !== 'task.started') return;
      offers.push(attempt);
      ids.add(eventId).add(event.event_id);
      if (attempt < 4) throw new Error('not yet');
    };
    const { taskId } = await engine.run('reluctant');
    await arrived(taskId);
    expect(offers).toEqual([1, 2, 3, 4]);
    expect(ids.size).toBe(1);
    expect(of(taskId)).toEqual(['task.initialize_requested', 'task.started', 'task.completed']);
  });

  it('that does not take an event of one task goes on with those of others', async () => {
    const stuck: string[] = [];
    behave.picky = ({ task_id }) => {
      if (stuck.length === 0 || stuck.includes(task_id)) {
        stuck[0] ??= task_id;
        throw new Error('not this one');
      }
    };
    const { taskId } = await engine.run('picky');
    await eventually('all of it wait', async () => (await delivery.get('picky')).waiting === 3);
    for (let n = 0; n < 5; n++) await arrived((await engine.run('picky')).taskId);
    expect(of(taskId)).toEqual([]);
    expect(await delivery.get('picky')).toMatchObject({ waiting: 3, parked: 0 });
  });

  it('that fails in all attempts has the event parked, and gets the later ones of the task', async () => {
    behave.refusing = ({ event }) => {
      if (event === 'task.started') throw new Error('never');
    };
    const { taskId } = await engine.run('refusing');
    await arrived(taskId);
    await parked('refusing', 1);
    expect(of(taskId)).toEqual(['task.initialize_requested', 'task.completed']);
    expect(await delivery.parked('refusing')).toEqual([
      expect.objectContaining({
        ...{ event: 'task.started', taskId, attempts: 3, parkedAt: expect.any(Date) },
        error: { message: 'never', error_class: 'Error' },
      }),
    ]);
  });

  it('that throws a PermanentError has the event parked at once', async () => {
    let offers = 0;
    behave.gone = ({ event }) => {
      if (event !== 'task.completed') return;
      offers += 1;
      throw new PermanentError('gone');
    };
    await engine.run('gone');
    await parked('gone', 1);
    expect(offers).toBe(1);
  });

  it('gets parked events again when they are redriven: one, or all', async () => {
    behave.moody = () => {
      throw new PermanentError('no');
    };
    const tasks: string[] = [];
    for (let n = 0; n < 3; n++) tasks.push((await engine.run('moody')).taskId);
    await parked('moody', 3);
    const [first, second, third] = await delivery.parked('moody');
    expect([first, second, third].map((each) => each!.taskId)).toEqual(tasks);
    expect((await delivery.parked('moody', { limit: 1, after: first!.eventId }))[0]!.eventId).toBe(second!.eventId);

    behave.moody = () => undefined;
    expect(await delivery.redrive('moody', second!.eventId)).toBe(1);
    await arrived(tasks[1]!);
    expect(got.filter(({ task_id }) => tasks.includes(task_id)).map(({ event_id }) => event_id)).toEqual([
      second!.eventId,
    ]);
    await expect(delivery.redrive('moody', second!.eventId)).rejects.toMatchObject({ code: 'event_not_parked' });
    expect(await delivery.redrive('moody')).toBe(2);
    await Promise.all([arrived(tasks[0]!), arrived(tasks[2]!)]);
    await parked('moody', 0);
    await expect(delivery.redrive('mody')).rejects.toMatchObject({
      code: 'subscription_not_found',
      message: expect.stringContaining('Did you mean "moody"?'),
    });
  });

  it('has as long until the next attempt as it asks for', async () => {
    const at: number[] = [];
    behave.busy = ({ event }, { attempt }) => {
      if (event !== 'task.completed') return;
      at.push(Date.now());
      if (attempt === 1) throw new RetryableError('later', { retryAfter: 0.4 });
    };
    await engine.run('busy');
    await eventually('the second attempt', () => at.length === 2);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(390);
  });

  it('gets what its filter lets through, and what handlers publish', async () => {
    const { taskId } = await engine.run('chooses', { context: { pay: true } });
    await eventually('both have come', () => of(taskId).length === 2);
    expect(of(taskId)).toEqual(['default.paid', 'step.completed']);
    expect(got.find(({ event }) => event === 'default.paid')).toMatchObject({
      amount: 12,
      step_name: 'only',
      attempt: 1,
    });
  });

  it('cannot have what the audit does not know, nor options that make no sense', async () => {
    const rest = { templates: [template('plain')], roles: ['api' as const] };
    const unknown = await make({
      ...rest,
      providers: [subscriber('x', take, { events: ['observability.worker.lost'] })],
    });
    await expect(unknown.start()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('"observability.worker.lost" delivered durably: it is not in the audit trail'),
    });
    const wrong = { startFrom: 'then', retry: { limit: 0, backof: {} } } as never;
    const mistaken = await make({ ...rest, providers: [subscriber('x', take, wrong)] });
    await expect(mistaken.start()).rejects.toMatchObject({
      message: expect.stringMatching(
        /"startFrom" must be.*"retry\.backof".*Did you mean "backoff".*"retry\.limit" must/s,
      ),
    });
    const inProcess = { delivery: 'in_process', startFrom: 'now' } as const;
    const vain = await make({ ...rest, providers: [subscriber('x', take, { ...inProcess, retry: undefined })] });
    await expect(vain.start()).rejects.toMatchObject({
      message: expect.stringContaining('"startFrom" is for delivery: "durable" alone'),
    });
  });
});
