import { EVENT_NAMES } from '../../src/events/event-name.js';
import { isAudited } from '../../src/events/audited-events.js';
import { AUDITED_EVENTS } from '../../src/delivery/row-events.js';
import {
  EventSubscriber,
  PermanentError,
  RetryableError,
  type AnyEvent,
  type StepContext,
  type TemplateDefinition,
} from '../../src/index.js';
import { aborted, engines, eventually, SOON, type Engine } from '../support/engine.js';

const step = (name: string, rest: object = {}) => ({ name, handler_class: name, retry_backoff: SOON, ...rest });

const TEMPLATES: TemplateDefinition[] = [
  {
    name: 'shop',
    namespace: 'shop',
    custom_events: [{ name: 'paid' }],
    step_templates: [
      step('pays'),
      step('stumbles', { depends_on_step: 'pays' }),
      step('fails', { depends_on_step: 'pays', skippable: true }),
      step('dawdles', { depends_on_step: 'pays', timeout_seconds: 0.05, skippable: true, default_retry_limit: 2 }),
      step('joins', { depends_on_steps: ['stumbles', 'fails', 'dawdles'] }),
    ],
  },
  { name: 'broken', step_templates: [step('fails'), step('joins', { depends_on_step: 'fails' })] },
  { name: 'long', step_templates: [step('waits')] },
  {
    name: 'quiet',
    events: { publish_step_started: false, publish_task_completed: false },
    step_templates: [step('joins')],
  },
];

const HANDLERS = {
  pays: ({ publish }: StepContext) => {
    publish('paid', { amount: 12 });
    return { receipt: 'r-1' };
  },
  stumbles: ({ step: { attempt } }: StepContext) => {
    if (attempt < 3) throw new RetryableError('again', { errorCode: 'BUSY', errorCategory: 'load' });
    return { attempt };
  },
  fails: () => {
    throw new PermanentError('no', { errorCode: 'NO' });
  },
  dawdles: ({ signal }: StepContext) => aborted(signal),
  joins: () => ({ done: true }),
  waits: ({ signal }: StepContext) => aborted(signal),
};

type Fact = Record<string, unknown> & { event: string; task_id: string; step_name?: string };

/** What both must agree on. Two clocks tell when it was and how long it took. */
const comparable = ({ timestamp: _t, execution_duration: duration, event_id: _id, ...facts }: Fact): string =>
  JSON.stringify({ ...facts, timed: duration !== undefined }, (_key, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );

describe('one fact', () => {
  const { start } = engines('afterAll');
  const durable: Fact[] = [];
  let engine: Engine;
  let tasks: Record<string, string>;

  beforeAll(async () => {
    @EventSubscriber({ name: 'durable', events: ['*'], delivery: 'durable' })
    class Durable {
      handle(event: AnyEvent) {
        durable.push(event as unknown as Fact);
      }
    }
    engine = await start({ templates: TEMPLATES, handlers: HANDLERS, providers: [Durable] });
    tasks = await liveThrough(engine);
    const rested = (taskId: string): boolean => durable.some((fact) => fact.task_id === taskId);
    await eventually('all have come', async () => {
      const [{ last }] = (await engine.sql('select last_value::int as last from audit_no')) as [{ last: number }];
      const [{ position }] = (await engine.sql('select position::int from subscription')) as [{ position: number }];
      return position === last && Object.values(tasks).every(rested);
    });
  }, 30_000);

  it('is in the audit where the catalog says so', () => {
    // those of alerts stand in a table of their own
    const ofTasks = EVENT_NAMES.filter((name) => isAudited(name) && !name.startsWith('alert.'));
    expect([...AUDITED_EVENTS].sort()).toEqual(ofTasks.sort());
  });

  it('is the same event with the same payload, in its process and read from the audit', () => {
    const inProcess = (engine.events as unknown as Fact[]).filter(({ event }) => isAudited(event));
    const sort = (facts: Fact[]): string[] =>
      facts
        .filter(({ task_id }) => task_id)
        .map(comparable)
        .sort();
    expect(sort(durable)).toEqual(sort(inProcess));
    const seen = new Set(durable.map(({ event }) => event));
    const missed = [...AUDITED_EVENTS].filter((event) => !seen.has(event));
    // what only a crash brings about
    expect(missed).toEqual(['step.worker_lost']);
  });

  it('took as long by the one as by the other, but for the way to the database', () => {
    for (const fact of durable.filter(({ execution_duration: duration }) => duration !== undefined)) {
      const twin = (engine.events as unknown as Fact[]).find(
        (other) =>
          other.event === fact.event &&
          other.task_id === fact.task_id &&
          other.step_name === fact.step_name &&
          other.attempt === fact.attempt,
      )!;
      expect(Math.abs((twin.execution_duration as number) - (fact.execution_duration as number))).toBeLessThan(3);
    }
  });

  it('comes after what it follows from, for each step and for the task', () => {
    for (const [name, taskId] of Object.entries(tasks)) {
      const of = (facts: Fact[], of?: string) =>
        facts.filter((fact) => fact.task_id === taskId && fact.step_name === of).map(({ event }) => event);
      const steps = new Set(durable.map(({ step_name }) => step_name));
      for (const each of steps) {
        const live = of(engine.events as unknown as Fact[], each).filter(isAudited);
        // a worker may have the task before who created it has the answer
        if (live[1] === 'task.initialize_requested') live.unshift(...live.splice(1, 1));
        expect({ name, each, events: of(durable, each) }).toEqual({ name, each, events: live });
      }
    }
    const shop = durable
      .filter(({ task_id }) => task_id === tasks.shop)
      .map(({ event, step_name }) => `${event} ${step_name ?? ''}`);
    expect(shop.indexOf('step.started joins')).toBeGreaterThan(shop.indexOf('step.skipped dawdles'));
    expect(shop.indexOf('step.started joins')).toBeGreaterThan(shop.indexOf('step.completed stumbles'));
    expect(shop.indexOf('shop.paid pays')).toBe(shop.indexOf('step.completed pays') - 1);
  });

  it('has an id of its own', () => {
    expect(new Set(durable.map(({ event_id }) => event_id)).size).toBe(durable.length);
  });
});

/** Tasks that together see nearly all that can happen, by name. */
async function liveThrough(engine: Engine): Promise<Record<string, string>> {
  const { client } = engine;
  const why = { actor: 'anna', reason: 'to see' };
  const shop = await engine.run('shop', { namespace: 'shop' });
  const quiet = await engine.run('quiet');
  const bypassed = await engine.run('broken', { bypassSteps: ['fails'] });

  const cancelled = await engine.create('long');
  await eventually('it runs', () => engine.eventsOf(cancelled.taskId).includes('step.started'));
  await client.cancelTask(cancelled.taskId, why);

  const paused = await engine.create('broken');
  await client.waitFor(paused.taskId, { timeoutMs: 10_000 });
  await client.retryTask(paused.taskId, why);
  await eventually('it failed again', async () => (await client.getTask(paused.taskId)).status === 'error');
  await client.resolveStep(paused.taskId, 'fails', { ...why, results: { by: 'hand' } });
  await client.waitFor(paused.taskId, { timeoutMs: 10_000 });

  const resolved = await engine.run('broken');
  await client.resolveTask(resolved.taskId, why);

  const completed = await engine.create('long');
  await eventually('it runs', () => engine.eventsOf(completed.taskId).includes('step.started'));
  await client.pauseTask(completed.taskId, why);
  await client.resumeTask(completed.taskId, why);
  await client.completeStep(completed.taskId, 'waits', { ...why, results: { by: 'hand' } });
  await client.waitFor(completed.taskId, { timeoutMs: 10_000 });

  const skipped = await engine.run('broken');
  await client.skipStep(skipped.taskId, 'fails', why);
  await client.waitFor(skipped.taskId, { timeoutMs: 10_000 });

  const ids = { shop, quiet, bypassed, cancelled, paused, resolved, completed, skipped };
  return Object.fromEntries(Object.entries(ids).map(([name, { taskId }]) => [name, taskId]));
}
