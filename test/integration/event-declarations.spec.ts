import { Injectable } from '@nestjs/common';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EventCatalog,
  EventMetrics,
  EventSubscriber,
  Instruments,
  Subscribers,
  type AnyEvent,
} from '../../src/index.js';
import { engines, eventually, LOG, single, type Engine } from '../support/engine.js';

const { start } = engines();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tasker-declarations-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env.TEST_TARGET;
});

const TEMPLATES = [single('order', {}, { namespace: 'shop' }), single('refund', {}, { namespace: 'shop' })];

@Injectable()
class Analytics {
  readonly heard: string[] = [];
  config: unknown = 'none';

  configure(config: unknown): void {
    this.config = config;
  }

  handleTaskCompleted({ event, task_name }: AnyEvent & { task_name?: unknown }): void {
    this.heard.push(`${event} ${String(task_name)}`);
  }

  handleOrderPlaced(event: AnyEvent & { total?: unknown }): void {
    this.heard.push(`${event.event} ${String(event.total)}`);
  }

  handleTaskStarted(): void {
    this.heard.push('task.started');
  }
}

@EventSubscriber({
  events: ['task.failed', 'task.completed', 'task.started', 'order.placed'],
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['target'],
    properties: { target: { type: 'string', minLength: 3 }, level: { enum: ['low', 'high'], default: 'low' } },
  },
})
class Strict extends Analytics {
  handleTaskFailed(): void {
    this.heard.push('failed');
  }
}

interface Files {
  events?: string;
  subscriptions?: string;
}

function startWith({ events, subscriptions }: Files, changes: object = {}): Promise<Engine> {
  const write = (name: string, text: string | undefined): string[] => {
    if (text === undefined) return [];
    writeFileSync(join(folder, name), text.replace(/^\n/, ''));
    return [join(folder, name)];
  };
  return start({
    templates: TEMPLATES,
    handlers: { order: ({ publish }) => publish('order.placed', { total: 5 }), refund: () => 1 },
    providers: [Analytics, Strict],
    tasker: {
      events: { definitions: write('events.yaml', events), subscriptions: write('subscriptions.yaml', subscriptions) },
    },
    ...changes,
  });
}

const EVENTS = `
events:
  - name: order.placed
    description: A customer has ordered.
    payload_schema:
      type: object
      required: [total]
      properties: { total: { type: number } }
    fired_by: [place_order]
`;

describe('files', () => {
  it('declare events that handlers of any template may publish, and subscriptions to them', async () => {
    process.env.TEST_TARGET = 'warehouse';
    const engine = await startWith({
      events: EVENTS,
      subscriptions: `
subscriptions:
  analytics:
    class: Analytics
    events: [task.completed, 'order.*']
    filter: { namespace: shop, name: [order] }
    config: { target: '\${TEST_TARGET}', depth: 2 }
`,
    });
    const order = await engine.run('order', { namespace: 'shop' });
    const refund = await engine.run('refund', { namespace: 'shop' });
    await eventually('both are through', () =>
      [order, refund].every(({ taskId }) => engine.eventsOf(taskId).includes('task.completed')),
    );
    const analytics = engine.get(Analytics);
    expect(analytics.heard).toEqual(['order.placed 5', 'task.completed order']);
    expect(analytics.config).toEqual({ target: 'warehouse', depth: 2 });
    expect(engine.get(Subscribers).list()).toContainEqual(
      expect.objectContaining({
        name: 'analytics',
        className: 'Analytics',
        events: ['task.completed', 'order.placed'],
        delivery: 'in_process',
        scope: 'process',
      }),
    );
    expect(engine.get(EventCatalog).eventInfo('order_placed')).toMatchObject({
      name: 'order.placed',
      category: 'custom',
      description: 'A customer has ordered.',
      fired_by: ['place_order'],
      example_payload: { event: 'order.placed', total: 1 },
    });
  });

  it('take the place of what a class is decorated with, fill in defaults, and may switch it off', async () => {
    const subscriptions = (enabled: boolean): string => `
subscriptions:
  strict:
    class: App::Subscribers::Strict
    enabled: ${enabled}
    events: [task.completed]
    config: { target: '\${TEST_TARGET}' }
`;
    process.env.TEST_TARGET = 'abc';
    const on = await startWith({ events: EVENTS, subscriptions: subscriptions(true) });
    const one = await on.run('refund', { namespace: 'shop' });
    await eventually('it is through', () => on.eventsOf(one.taskId).includes('task.completed'));
    expect(on.get(Strict)).toMatchObject({
      heard: ['task.completed refund'],
      config: { target: 'abc', level: 'low' },
    });

    delete process.env.TEST_TARGET;
    const off = await startWith({ events: EVENTS, subscriptions: subscriptions(false) });
    expect(off.get(Subscribers).list()).toEqual([]);
    expect(off.get(Strict)).toMatchObject({ heard: [], config: 'none' });
  });

  it('make objects of the subscribers that come with Tasker, of which there may be several', async () => {
    const engine = await startWith({
      events: EVENTS,
      subscriptions: `
subscriptions:
  figures:
    class: MetricsSubscriber
    config: { values: [{ event: order.placed, path: total, name: revenue }] }
  more_figures: { class: MetricsSubscriber, events: [task.failed] }
  errors: { class: SentrySubscriber, delivery: durable, config: { dsn: 'http://key@127.0.0.1:9/1' } }
`,
    });
    const { taskId } = await engine.run('order', { namespace: 'shop' });
    await eventually('it is through', () => engine.eventsOf(taskId).includes('task.completed'));
    const { counters, observations } = engine.get(EventMetrics).snapshot();
    expect(counters).toContainEqual({ name: 'tasker_events_total', labels: { event: 'task.completed' }, value: 1 });
    const samples = await engine.get(Instruments).collect();
    const drawn = samples.filter(({ family }) => family === 'revenue');
    expect(drawn).toMatchObject([
      { name: 'revenue_sum', type: 'summary', value: 5 },
      { name: 'revenue_count', value: 1 },
    ]);
    // what is not in the audit is left out where the class's own events are delivered durably
    expect(engine.get(Subscribers).list()).toContainEqual(
      expect.objectContaining({ name: 'errors', delivery: 'durable', events: ['step.failed', 'task.failed'] }),
    );
    expect(observations.find(({ name }) => name === 'revenue')).toMatchObject({ count: 1, sum: 5 });
  });

  it('are refused with every mistake at its place', async () => {
    const events = `
events:
  - name: order.placed
    payload_shema: {}
  - name: Placed
  - name: task.mine
  - name: order.sent
    payload_schema: { type: objekt }
  - description: no name
custom_events:
  order.sent: { payload_schema: { type: object } }
  order.gone: { payload_schema: { type: object } }
  order.gone: {}
`;
    const error = await startWith({ events }).catch((thrown: Error) => thrown);
    const at = (place: string): string => `${join(folder, 'events.yaml')}:${place}`;
    expect((error as Error & { findings: unknown }).findings).toEqual([
      {
        path: at('3:5'),
        message: expect.stringContaining('unknown key "payload_shema" in an event. Did you mean "payload_schema"?'),
      },
      { path: at('4:11'), message: expect.stringContaining('words with dots between them') },
      { path: at('5:11'), message: expect.stringContaining('begins with "task."') },
      { path: at('7:29'), message: expect.stringContaining('type must be one of') },
      { path: at('8:5'), message: expect.stringContaining('needs the key "name"') },
      { path: at('12:3'), message: expect.stringContaining('given twice') },
    ]);
  });

  it('of subscriptions are refused with every mistake at its place, and show no secret', async () => {
    process.env.TEST_TARGET = 'xq';
    const subscriptions = `
subscriptions:
  one:
    class: Analitics
    events: [task.completed]
  two:
    class: Analytics
    enabeld: true
    events: [task.complted, stp.*, order.placed]
    filter: { condition: 'total > ' }
    delivery: later
  three:
    class: Strict
    events: [task.completed]
    config: { target: '\${TEST_TARGET}', level: middle, other: '\${UNSET_VARIABLE}' }
  four:
    class: Strict
    config: { target: '\${TEST_TARGET}', level: middle, other: 1 }
  five: { class: SlackSubscriber, config: { webhooks: { ops: 'xq' } } }
  six: { events: [task.failed] }
  seven: { class: PagerDutySubscriber }
`;
    const error = await startWith({ events: EVENTS, subscriptions }).catch((thrown: Error) => thrown);
    const { findings, message } = error as Error & { findings: { path: string; message: string }[] };
    const found = findings.map(
      ({ path, message: text }) => `${path.slice(join(folder, 'subscriptions.yaml').length)} ${text}`,
    );
    const expected: [string, string][] = [
      [':3:12', 'no provider has the class "Analitics", and none comes with Tasker'],
      [':7:5', 'unknown key "enabeld" in a subscription. Did you mean "enabled"?'],
      [':9:26', 'condition is no condition'],
      [':10:15', 'delivery must be one of in_process, durable'],
      [':14:63', 'UNSET_VARIABLE is not set'],
      [':17:23', 'config.target: must NOT have fewer than 3 characters'],
      [':17:48', 'config.level: must be one of "low", "high"'],
      [':17:13', 'config.other: must not have the property "other"'],
      [':18:3', 'webhooks.ops must be the address of an incoming webhook'],
      [':19:8', 'a subscription needs the key "class"'],
      [':20:3', 'config.routing_key: must have required property "routing_key"'],
      [':8:14', 'There is no event "task.complted"'],
      [':8:29', 'There is no event "stp.*"'],
    ];
    for (const [place, text] of expected) {
      expect(found).toContainEqual(expect.stringContaining(text));
      expect({ text, place: found.find((line) => line.includes(text))!.split(' ')[0] }).toEqual({ text, place });
    }
    expect(message).not.toContain('xq');
  });

  it('are refused where a provider is spoken of twice, or there is no such file', async () => {
    const subscriptions = `
subscriptions:
  one: { class: Analytics, events: [task.completed] }
  two: { class: Analytics, events: [task.failed] }
`;
    await expect(startWith({ events: EVENTS, subscriptions })).rejects.toThrow(
      /subscriptions.yaml:3:3: a second subscription of Analytics/,
    );
    const gone = { tasker: { events: { definitions: [join(folder, 'gone')] } } };
    await expect(startWith({}, gone)).rejects.toThrow(/gone: there is no such file or folder/);
  });
});

@EventSubscriber({ name: 'audit_log', events: ['task.failed'] })
class AuditLog {
  readonly heard: string[] = [];

  handle({ event }: AnyEvent): void {
    this.heard.push(event);
  }
}

describe('a template that sends its events somewhere', () => {
  const routed = single(
    'routed',
    {},
    {
      events: {
        step_events: [{ event: 'step_completed', publish_to: ['audit_log'] }],
        workflow_events: [
          { event: 'task_completed', publish_to: ['audit_log', 'adit_log'] },
          { event: 'task_failed', publish_to: ['audit_log'] },
        ],
      },
    },
  );

  it('reaches subscribers by their names, once, besides what they subscribe to', async () => {
    const engine = await start({
      templates: [routed, single('plain')],
      handlers: { routed: ({ task }) => (task.context.fail ? Promise.reject(new TypeError('no')) : 1), plain: () => 1 },
      providers: [AuditLog],
    });
    await engine.run('plain');
    const { taskId } = await engine.run('routed');
    await eventually('it is through', () => engine.eventsOf(taskId).includes('task.completed'));
    const failed = await engine.run('routed', { context: { fail: true } });
    await eventually('it has failed', () => engine.eventsOf(failed.taskId).includes('task.failed'));
    expect(engine.get(AuditLog).heard).toEqual(['step.completed', 'task.completed', 'task.failed']);
    expect(LOG.lines).toContainEqual(
      'warn A template publishes "task.completed" to "adit_log", which is no subscriber of this process. Did you mean "audit_log"?',
    );
  });
});
