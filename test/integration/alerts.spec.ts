import type { Type } from '@nestjs/common';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlertService,
  EventSubscriber,
  Instruments,
  PermanentError,
  type AlertStatus,
  type AnyEvent,
  type JsonObject,
  type TaskerOptions,
} from '../../src/index.js';
import { engines, eventually, LOG, single, type Engine, type EngineOptions } from '../support/engine.js';

const { start, beside, make } = engines();
const folder = mkdtempSync(join(tmpdir(), 'tasker-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Looks ten times a second. */
const OFTEN: Partial<TaskerOptions> = { alerts: { everyMs: 100 } };

/** A template whose task fails where its context says so. */
const shop = (alerts: object[], more: object = {}) => ({
  ...single('pay', {}, { namespace_name: 'shop', alerts: alerts as never }),
  ...more,
});
const PAY: EngineOptions['handlers'] = {
  pay: ({ task }) => {
    if (task.context.fails) throw new PermanentError('The card was declined');
    return {};
  },
};
const LOW = { name: 'low', condition: 'success_rate < 0.95', severity: 'critical' };

const told = (engine: Engine): string[] =>
  engine.events.flatMap(({ event }) => (event.startsWith('alert.') ? [event] : []));
const statusOf = async (engine: Engine, name: string): Promise<AlertStatus> =>
  (await engine.get(AlertService).list()).find((alert) => alert.name === name)!;
const inState = (engine: Engine, name: string, state: string): Promise<void> =>
  eventually(`"${name}" is ${state}`, async () => (await statusOf(engine, name)).state === state);

async function run(engine: Engine, { failing = 0, well = 0 }): Promise<void> {
  const context = (n: number): JsonObject => (n < failing ? { fails: true } : {});
  const tasks = Array.from({ length: failing + well }, (_, n) =>
    engine.run('pay', { namespace: 'shop', context: context(n) }),
  );
  await Promise.all(tasks);
}

describe('an alert of a template', () => {
  it('fires when tasks really fail, and is over when they have gone well for long enough to make up for it', async () => {
    const engine = await start({
      templates: [shop([{ ...LOW, labels: { team: 'shop' } }])],
      handlers: PAY,
      tasker: OFTEN,
    });
    await eventually('it was looked at', async () => (await statusOf(engine, 'low')).evaluatedAt !== null);
    expect(await statusOf(engine, 'low')).toMatchObject({
      state: 'inactive',
      holds: null,
      figures: { success_rate: null },
    });
    await run(engine, { failing: 1, well: 1 });
    await inState(engine, 'low', 'firing');
    const fired = engine.events.find(({ event }) => event === 'alert.fired')!;
    expect(fired).toMatchObject({
      alert_name: 'low',
      severity: 'critical',
      namespace: 'shop',
      task_name: 'pay',
      version: '0.1.0',
      step_name: null,
      figures: { success_rate: 0.5 },
      labels: { team: 'shop' },
      window_seconds: 300,
    });
    expect(LOG.lines).toContain(
      'warn The alert "low" of shop.pay fires (critical): success_rate < 0.95; success_rate is 0.5',
    );
    expect(await metricOf(engine)).toEqual({
      alert: 'low',
      namespace: 'shop',
      template: 'pay',
      severity: 'critical',
      state: 'firing',
    });
    await run(engine, { well: 18 });
    await inState(engine, 'low', 'resolved');
    const over = engine.events.find(({ event }) => event === 'alert.resolved')!;
    expect(over).toMatchObject({ alert_id: fired.alert_id, correlation_id: fired.correlation_id, reason: 'recovered' });
    expect(over.firing_duration).toBeGreaterThan(0);
    expect(await statusOf(engine, 'low')).toMatchObject({ firedCount: 1, figures: { success_rate: 0.95 } });
    expect(told(engine)).toEqual(['alert.fired', 'alert.resolved']);
  });

  it('does not fire before its condition has held for as long as it must', async () => {
    const engine = await start({ templates: [shop([{ ...LOW, for: '1h' }])], handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'pending');
    await engine.sql(`update alert set state_since = state_since - interval '59 minutes'`);
    await nextLook(engine);
    expect(told(engine)).toEqual([]);
    await engine.sql(`update alert set state_since = state_since - interval '1 minute'`);
    await inState(engine, 'low', 'firing');
    expect(told(engine)).toEqual(['alert.fired']);
  });

  it('with two conditions fires on while neither holds', async () => {
    const alert = { ...LOW, condition: 'success_rate < 0.5', resolve: 'success_rate > 0.9' };
    const engine = await start({ templates: [shop([alert])], handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 2, well: 1 });
    await inState(engine, 'low', 'firing');
    await run(engine, { well: 5 });
    await nextLook(engine);
    expect(await statusOf(engine, 'low')).toMatchObject({
      state: 'firing',
      holds: false,
      figures: { success_rate: 0.75 },
    });
    expect(told(engine)).toEqual(['alert.fired']);
  });

  it('is one of a step where it names one, by a key or by the name of a figure', async () => {
    const alerts = [
      { name: 'by_key', step: 'only', condition: 'error_rate >= 1 AND failed_attempts == 1' },
      { name: 'by_name', condition: "only_success_rate == 0 AND only_execution_time < 60s AND namespace == 'shop'" },
    ];
    const engine = await start({ templates: [shop(alerts)], handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 1 });
    await inState(engine, 'by_key', 'firing');
    await inState(engine, 'by_name', 'firing');
    expect((await statusOf(engine, 'by_key')).definition.step).toBe('only');
  });

  it('asks for metrics that the template declares: the mean of what all processes have recorded, and the sum of a counter', async () => {
    const metrics = [
      { name: 'delivery_rate', type: 'gauge' as const },
      { name: 'lost_letters', type: 'counter' as const },
    ];
    const alerts = [
      { name: 'delivery', condition: 'delivery_rate < 0.9' },
      { name: 'lost', condition: 'lost_letters > 2' },
    ];
    const options: EngineOptions = {
      templates: [shop(alerts, { monitoring: { metrics } })],
      handlers: { pay: ({ task }) => ({ delivery_rate: task.context.rate, lost_letters: 1 }) },
      tasker: OFTEN,
    };
    const engine = await start(options);
    await eventually('it was looked at', async () => (await statusOf(engine, 'lost')).evaluatedAt !== null);
    expect((await statusOf(engine, 'delivery')).figures).toEqual({ delivery_rate: null });
    expect((await statusOf(engine, 'lost')).figures).toEqual({ lost_letters: 0 });
    const other = await beside(engine, options);
    for (const rate of [0.5, 1, 0.9]) await engine.run('pay', { namespace: 'shop', context: { rate } });
    await inState(other, 'delivery', 'firing');
    await inState(other, 'lost', 'firing');
    expect((await statusOf(other, 'delivery')).figures!.delivery_rate).toBeCloseTo(0.8);
    expect((await statusOf(other, 'lost')).figures).toEqual({ lost_letters: 3 });
  });

  it('of the highest version is the one that counts', async () => {
    const versions = ['1.10.0', '1.9.0'].map((version) =>
      shop([{ ...LOW, condition: `success_rate < ${version === '1.9.0' ? 0.1 : 0.9}` }], { version }),
    );
    const engine = await start({ templates: versions, handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 1, well: 1 });
    await inState(engine, 'low', 'firing');
    expect((await statusOf(engine, 'low')).definition).toMatchObject({
      version: '1.10.0',
      condition: 'success_rate < 0.9',
    });
  });

  it('goes on where it was after a restart, and is told of no second time', async () => {
    const engine = await start({ templates: [shop([LOW])], handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'firing');
    const { lastFiredAt } = await statusOf(engine, 'low');
    await engine.restart();
    await nextLook(engine);
    expect(await statusOf(engine, 'low')).toMatchObject({ state: 'firing', firedCount: 1, lastFiredAt });
    expect(told(engine)).toEqual(['alert.fired']);
  });

  it('is over once it is switched off, and is not looked after any more', async () => {
    const engine = await start({ templates: [shop([LOW])], handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'firing');
    await engine.restart({ templates: [shop([{ ...LOW, enabled: false }], { version: '0.2.0' })] });
    await inState(engine, 'low', 'resolved');
    const over = engine.events.filter(({ event }) => event === 'alert.resolved');
    expect(over.map(({ reason }) => reason)).toEqual(['disabled']);
  });

  it('is over, and forgotten, when no process has declared it for a while', async () => {
    const engine = await start({ templates: [shop([LOW])], handlers: PAY, tasker: OFTEN });
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'firing');
    await engine.restart({ templates: [shop([], { version: '0.2.0' })] });
    await engine.get(AlertService).evaluate();
    expect((await statusOf(engine, 'low')).state).toBe('firing');
    await engine.sql(`update alert set turn_until = turn_until - interval '16 minutes'`);
    await eventually('it is forgotten', async () => (await engine.get(AlertService).list()).length === 0);
    const over = engine.events.filter(({ event }) => event === 'alert.resolved');
    expect(over.map(({ reason }) => reason)).toEqual(['removed']);
  });
});

describe('several processes', () => {
  it('tell of an alert once in all', async () => {
    const options: EngineOptions = { templates: [shop([LOW])], handlers: PAY, tasker: OFTEN };
    const one = await start(options);
    const others = [await beside(one, options), await beside(one, options)];
    await run(one, { failing: 1, well: 1 });
    await inState(one, 'low', 'firing');
    await run(one, { well: 18 });
    await inState(one, 'low', 'resolved');
    await Promise.all([one, ...others].map(nextLook));
    expect([one, ...others].flatMap(told)).toEqual(['alert.fired', 'alert.resolved']);
  });

  it('go on for one that has died in the middle of its turn, and take nothing from it if it comes back', async () => {
    const engine = await start({ templates: [shop([LOW])], handlers: PAY, tasker: { alerts: { everyMs: 1_000 } } });
    await eventually('it was looked at', async () => (await statusOf(engine, 'low')).evaluatedAt !== null);
    const [taken] = await engine.sql(
      `update alert set turn = turn + 1, turn_until = now() + interval '1 s' returning id, turn::int`,
    );
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'firing');
    const late = [{ id: taken!.id, turn: taken!.turn, holds: false, over: true }];
    expect(await engine.sql('select * from settle_alerts($1, 0)', [JSON.stringify(late)])).toEqual([]);
    expect(told(engine)).toEqual(['alert.fired']);
  });
});

describe('alerts of files', () => {
  const file = (text: string): Partial<TaskerOptions> => {
    const path = join(mkdtempSync(join(folder, 'f-')), 'alerts.yaml');
    writeFileSync(path, text);
    return { alerts: { definitions: [path], everyMs: 100 } };
  };

  it('are about everything, a namespace, a template or a step, and about the system itself', async () => {
    const tasker = file(`
alerts:
  - { name: everything, condition: task_error_rate > 10%, window: 10m }
  - { name: namespace, namespace: shop, condition: failed_tasks >= 1 }
  - { name: template, namespace: shop, template: pay, condition: only_error_rate > 0.5 }
  - { name: step, namespace: shop, template: pay, step: only, condition: error_rate > 0.5, severity: error }
  - { name: queue, condition: queue_depth > 1 AND oldest_ready_age >= 0s AND live_workers == 0 }
`);
    const engine = await start({ templates: [shop([])], handlers: PAY, tasker });
    await run(engine, { failing: 1 });
    for (const name of ['everything', 'namespace', 'template', 'step']) await inState(engine, name, 'firing');
    expect(await statusOf(engine, 'everything')).toMatchObject({ namespace: null, template: null, state: 'firing' });
    expect(await statusOf(engine, 'queue')).toMatchObject({
      state: 'inactive',
      figures: { queue_depth: 0, live_workers: 1 },
    });
    await engine.restart({ roles: ['api'], tasker });
    for (let n = 0; n < 2; n++) await engine.create('pay', { namespace: 'shop' });
    await inState(engine, 'queue', 'firing');
    expect((await statusOf(engine, 'queue')).figures).toMatchObject({ queue_depth: 2, live_workers: 0 });
  });

  it('stop the start with everything that is wrong, and say where it stands', async () => {
    const tasker = file(`alerts:
  - { name: a, condition: sucess_rate < 1 }
  - { name: a, condition: attempts > 1 }
  - { name: b, condition: attempts > 1, namespace: shopp }
  - { name: c, condition: attempts > 1, namespace: shop, template: pai }
  - { name: d, condition: attempts > 1, namespace: shop, template: pay, step: onli }
  - { name: e, condition: attempts > 1, step: only }
  - { name: f, condition: attempts > 1, template: pay }
  - { name: g, condition: attempts >, sevrity: error }
`);
    const engine = await make({ templates: [shop([])], handlers: PAY, tasker });
    const found = await engine.start().then(
      () => [],
      (error: { code: string; findings: { path: string; message: string }[] }) =>
        error.findings.map(({ path, message }) => `${path.split(':').slice(1).join(':')} ${message}`),
    );
    const [path] = tasker.alerts!.definitions!;
    expect(found.map((finding) => finding.replaceAll(path!, 'alerts.yaml'))).toEqual([
      '2:27 the alert "a" asks for "sucess_rate", which is no figure. Did you mean "success_rate"?',
      '3:13 the alert "a" is declared twice, first at alerts.yaml:2:13: rename one',
      '4:52 no template of the namespace "shopp" is loaded here. Did you mean "shop"?',
      '5:68 no template "shop.pai" is loaded here. Did you mean "pay"?',
      '6:79 "pay" has no step "onli". Did you mean "only"?',
      '7:47 a step is one of a template: name its namespace and its template, too',
      '8:51 a template is one of a namespace: name that, too',
      expect.stringMatching(/^9:27 condition is not a condition: at character 11/),
      '9:39 unknown key "sevrity" in an alert. Did you mean "severity"?',
    ]);
  });
});

describe('subscribers', () => {
  it('are told durably, from another process too, and those that an alert names whatever they subscribe to', async () => {
    const got: string[] = [];
    const subscriber = (name: string, events: string[], delivery: 'durable' | 'in_process'): Type => {
      @EventSubscriber({ name, events: events, delivery })
      class Books {
        handle(payload: AnyEvent) {
          const { event, event_id: id } = payload;
          if (event.startsWith('alert.')) got.push(`${name} ${event}${id === undefined ? '' : ' with an id'}`);
        }
      }
      return Books;
    };
    const options: EngineOptions = { templates: [shop([{ ...LOW, notify: ['named', 'nobody'] }])], handlers: PAY };
    const providers = [
      subscriber('durable', ['alert.*'], 'durable'),
      subscriber('named', ['task.cancelled'], 'durable'),
      subscriber('elsewhere', ['alert.fired'], 'in_process'),
    ];
    const listening = await start({ ...options, providers, tasker: { alerts: { everyMs: 3_600_000 } } });
    expect(LOG.lines).toContain('warn The alert "low" notifies "nobody", which is no subscriber of this process.');
    const here = [subscriber('here', ['alert.fired'], 'in_process')];
    const evaluating = await beside(listening, { ...options, providers: here, tasker: OFTEN });
    await listening.sql(`update alert set turn_until = now()`);
    await run(evaluating, { failing: 1 });
    const first = ['durable alert.fired with an id', 'here alert.fired', 'named alert.fired with an id'];
    await eventually('all who wait were told', () => got.length >= first.length);
    expect(got.sort()).toEqual(first);
    await run(evaluating, { well: 19 });
    const then = ['durable alert.resolved with an id', 'named alert.resolved with an id'];
    await eventually('it is over for them', () => got.length >= first.length + then.length);
    expect(got.filter((each) => !first.includes(each)).sort()).toEqual(then);
  });

  it('of the process that evaluates are told at once where an alert names them, and not twice where they subscribe too', async () => {
    const got: string[] = [];
    const subscriber = (name: string, events: string[]): Type => {
      @EventSubscriber({ name, events: events })
      class Pager {
        handle = ({ event }: AnyEvent) => void got.push(`${name} ${event}`);
      }
      return Pager;
    };
    const providers = [subscriber('named', ['task.cancelled']), subscriber('both', ['alert.fired'])];
    const templates = [shop([{ ...LOW, notify: ['named', 'both'] }])];
    const engine = await start({ templates, handlers: PAY, providers, tasker: OFTEN });
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'firing');
    await eventually('they were told', () => got.length >= 2);
    expect(got.sort()).toEqual(['both alert.fired', 'named alert.fired']);
  });
});

describe('a query that fails', () => {
  it('keeps its alert as it is and is said, other alerts go on, and so does this one when it is well again', async () => {
    const queue = { name: 'queue', condition: 'queue_depth > 100' };
    const engine = await start({ templates: [shop([LOW, queue])], handlers: PAY, tasker: OFTEN });
    await engine.sql('alter function backlog_figures rename to backlog_figures_away');
    await eventually('it is said', async () => (await statusOf(engine, 'queue')).error !== null);
    expect(await statusOf(engine, 'queue')).toMatchObject({
      state: 'inactive',
      error: 'Its figures cannot be found out: 42883.',
    });
    await run(engine, { failing: 1 });
    await inState(engine, 'low', 'firing');
    await engine.sql('alter function backlog_figures_away rename to backlog_figures');
    await eventually('it is well again', async () => (await statusOf(engine, 'queue')).error === null);
    await engine.sql('alter function take_alerts rename to take_alerts_away');
    await eventually('the whole is not well', () => engine.get(AlertService).health.error !== null);
    await engine.sql('alter function take_alerts_away rename to take_alerts');
    await eventually('the whole is well again', () => engine.get(AlertService).health.error === null);
  });
});

/** What a scrape says of the one alert. */
async function metricOf(engine: Engine): Promise<object | undefined> {
  const samples = await engine.get(Instruments).collect();
  return samples.find(({ name }) => name === 'tasker_alerts')?.labels;
}

/** Resolves when every alert has been looked at once more. */
async function nextLook(engine: Engine): Promise<void> {
  const since = new Date();
  await eventually('all were looked at again', async () =>
    (await engine.get(AlertService).list()).every(({ evaluatedAt }) => evaluatedAt !== null && evaluatedAt > since),
  );
}
