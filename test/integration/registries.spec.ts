import { ConsoleLogger } from '@nestjs/common';
import {
  EventCatalog,
  EventSubscriber,
  Registries,
  RELEASE,
  StepHandler,
  StepHandlerRegistry,
  SubscriberRegistry,
  ValidationError,
  type RegistryChange,
  type TaskerEvent,
} from '../../src/index.js';
import { compileSchema } from '../../src/templates/schema-compiler.js';
import { engines, eventually, LOG, single } from '../support/engine.js';

const { start, make } = engines();

const options = {
  templates: [
    single('payment_processor', { handler_class: 'charge' }, { namespace: 'payments', version: '2.1.0' }),
    single('payment_processor', { handler_class: 'charge' }, { namespace: 'payments', version: '0.10.0' }),
    single('payment_processor', { handler_class: 'charge' }, { namespace: 'payments', version: '0.9.0' }),
  ],
  handlers: { charge: () => 1, refund: () => 2 },
  environment: 'production',
};

describe('an application that starts', () => {
  it('says each registration in one structured line, to a logger that takes debug lines', async () => {
    const lines: Record<string, unknown>[] = [];
    Object.assign(LOG, { debug: (line: unknown) => void lines.push(line as Record<string, unknown>) });
    await start(options);
    Object.assign(LOG, { debug: undefined });

    const ofTasker = lines.filter(({ registry_name: name }) => name === 'handlers' || name === 'step_handlers');
    expect(ofTasker.map(({ entity_id: id }) => id)).toEqual([
      'charge',
      'refund',
      'payments/payment_processor/2.1.0',
      'payments/payment_processor/0.10.0',
      'payments/payment_processor/0.9.0',
    ]);
    expect(ofTasker[2]).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      correlation_id: expect.stringMatching(/^[\da-f-]{36}$/),
      component: 'handlers',
      message: 'Registry item registered',
      environment: 'production',
      tasker_version: RELEASE,
      process_id: process.pid,
      thread_id: '0',
      entity_type: 'task_handler',
      entity_id: 'payments/payment_processor/2.1.0',
      entity_class: 'TaskTemplate',
      registry_name: 'handlers',
      options: { namespace_name: 'payments', version: '2.1.0', replace: false },
      event_type: 'registered',
    });
    expect(ofTasker[0]).toMatchObject({
      entity_type: 'step_handler',
      entity_class: 'charge_class',
      registry_name: 'step_handlers',
      options: { names: ['charge', 'charge_class'], replace: false },
    });
    expect(ofTasker[3]!.correlation_id).toBe(ofTasker[2]!.correlation_id);

    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    new ConsoleLogger({ colors: false }).debug(ofTasker[2]);
    const printed = String(written.mock.calls[0]![0]);
    written.mockRestore();
    expect(printed.trimEnd()).not.toContain('\n');
    expect(printed).toContain('"entity_id":"payments/payment_processor/2.1.0"');
  });

  it('publishes each registration once, under its schema, to subscribers that it starts with', async () => {
    const heard: TaskerEvent[] = [];
    @EventSubscriber({ events: ['handler.*', 'subscriber.*', 'plugin.*'] })
    class Clerk {
      handle(event: TaskerEvent): void {
        heard.push(event);
      }
    }
    const engine = await start({ ...options, providers: [Clerk] });
    expect(heard.map((event) => `${event.event} ${'entity_id' in event ? event.entity_id : ''}`).sort()).toEqual([
      'handler.registered charge',
      'handler.registered payments/payment_processor/0.10.0',
      'handler.registered payments/payment_processor/0.9.0',
      'handler.registered payments/payment_processor/2.1.0',
      'handler.registered refund',
      'plugin.registered csv',
      'plugin.registered json',
      'plugin.registered prometheus',
      'subscriber.registered Clerk',
    ]);
    const bad = { proces: () => 1 };
    expect(() => engine.get(StepHandlerRegistry).register(bad as never, 'bad')).toThrow(ValidationError);
    engine.get(StepHandlerRegistry).unregister('refund');
    expect(heard.slice(-2).map(({ event }) => event)).toEqual(['handler.validation_failed', 'handler.unregistered']);
    const { catalog } = engine.get(EventCatalog);
    for (const event of heard) {
      const validate = compileSchema(catalog[event.event].payload_schema as never) as (payload: unknown) => boolean;
      expect([event.event, validate(event)]).toEqual([event.event, true]);
    }
  });

  it('says nothing of them at the level of an ordinary start', async () => {
    await start(options);
    expect(LOG.lines.filter((line) => /charge|payment_processor|egistr/.test(line))).toEqual([]);
  });

  it('knows its registries by name, with figures and health', async () => {
    const registries = (await start(options)).get(Registries);
    expect(registries.names().sort()).toEqual(expect.arrayContaining(['handlers', 'step_handlers']));
    expect(registries.get('handlers')!.stats()).toMatchObject({
      total_handlers: 3,
      namespaces: ['payments'],
      versions: ['0.9.0', '0.10.0', '2.1.0'],
      thread_safe: true,
    });
    expect(registries.get('step_handlers')!.healthCheck()).toEqual({
      status: 'healthy',
      registry_size: 2,
      thread_safe: true,
      problems: [],
    });
  });

  it('refuses a handler without process in the words of the contract', async () => {
    class Idle {}
    StepHandler('idle')(Idle as never);
    const engine = await make({ providers: [Idle] });
    await expect(engine.start()).rejects.toThrow(ValidationError);
    await expect(engine.start()).rejects.toThrow(
      /^Handler validation failed: Idle does not implement required method 'process'\. Required methods: \[process\]\./,
    );
  });
});

describe('a subscriber that is registered while the application runs', () => {
  it('hears of events until it is taken out again, and is listed under its name', async () => {
    const engine = await start(options);
    const subscribers = engine.get(SubscriberRegistry);
    const heard: string[] = [];
    class NotificationSubscriber {
      handleTaskCompleted({ task_id: taskId }: { task_id: string }): void {
        heard.push(taskId);
      }
    }
    const events = ['task.completed'];
    subscribers.register('notification_subscriber', new NotificationSubscriber(), { events });
    const first = await engine.run('payment_processor', { namespace: 'payments' });
    await eventually('it has heard', () => heard.length === 1);
    expect(heard).toEqual([first.taskId]);
    expect(subscribers.get('notification_subscriber')).toMatchObject({ className: 'NotificationSubscriber', events });
    expect(subscribers.stats()).toMatchObject({ total_subscribers: 1, events_covered: ['task.completed'] });

    expect(() => subscribers.register('notification_subscriber', new NotificationSubscriber(), { events })).toThrow(
      /Two subscribers are named "notification_subscriber".*\{ replace: true \}/,
    );
    subscribers.register('notification_subscriber', new NotificationSubscriber(), { events, replace: true });
    await engine.run('payment_processor', { namespace: 'payments' });
    await eventually('it has heard once more, and once', () => heard.length === 2);

    expect(subscribers.unregister('notification_subscriber')).toBe(true);
    const last = await engine.run('payment_processor', { namespace: 'payments' });
    await eventually('others have heard', () => engine.eventsOf(last.taskId).includes('task.completed'));
    expect(heard).toHaveLength(2);
    expect(subscribers.unregister('notification_subscriber')).toBe(false);
  });

  it.each([
    [['task.complete'], 'x: There is no event "task.complete". Did you mean "task.completed"?'],
    [['task.failed'], /x: no method receives "task\.failed"/],
  ])('is refused with %j', async (events, message) => {
    const subscribers = (await start(options)).get(SubscriberRegistry);
    expect(() => subscribers.register('x', { handleTaskCompleted: () => 1 }, { events })).toThrow(message);
    expect(subscribers.has('x')).toBe(false);
  });
});

describe('a handler that is registered while the application runs', () => {
  it('is told of, and runs the steps that waited for it', async () => {
    const engine = await start({ ...options, handlers: { charge: () => 1 } });
    const changes: RegistryChange[] = [];
    engine.get(Registries).onChange((change) => void changes.push(change));
    const registry = engine.get(StepHandlerRegistry);
    const later = { process: () => 'later' };

    registry.register(later, ['charge'], { replace: true, correlationId: 'deploy-7' });

    expect(registry.get('charge')).toBe(later);
    expect(changes).toMatchObject([
      { type: 'registered', entityId: 'charge', correlationId: 'deploy-7', options: { replace: true } },
    ]);
    await eventually('the new handler runs', async () => {
      const task = await engine.run('payment_processor', { namespace: 'payments' });
      return task.step('only').results === 'later';
    });
  });
});
