import { ConsoleLogger } from '@nestjs/common';
import {
  Registries,
  RELEASE,
  StepHandler,
  StepHandlerRegistry,
  ValidationError,
  type RegistryChange,
} from '../../src/index.js';
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

    const ofTasker = lines.filter((line) => typeof line === 'object');
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
