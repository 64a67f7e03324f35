import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Scope } from '@nestjs/common';
import { StepHandler, StepHandlerRegistry, type StepContext, type TaskerError } from '../../src/index.js';
import { engines, single } from '../support/engine.js';

const { start, make } = engines();

@StepHandler({
  name: 'charge',
  dependentSystem: 'payment_gateway',
  configSchema: {
    type: 'object',
    required: ['gateway'],
    properties: {
      gateway: { type: 'string', enum: ['stripe', 'adyen'] },
      max_amount: { type: 'integer', default: 10_000 },
      live: { type: 'boolean', default: false },
    },
    additionalProperties: false,
  },
})
class Charge {
  process({ config, step }: StepContext): unknown {
    return { config, system: step.dependentSystem, frozen: Object.isFrozen(config) };
  }
}

@Injectable()
class Courier {
  process({ config, step }: StepContext): unknown {
    return { ...config, system: step.dependentSystem };
  }
}

@Injectable()
class DataOnly {}

@Injectable({ scope: Scope.TRANSIENT })
class PerUse {
  process(): void {}
}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'tasker-handlers-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const findingsOf = async (starting: Promise<unknown>): Promise<string[]> => {
  const error = await starting.then(
    () => null,
    (thrown: TaskerError) => thrown,
  );
  return error!.findings.map(({ path, message }) => `${path.replace(`${folder}/`, '')}: ${message}`);
};

describe("a handler's configSchema", () => {
  it('fills defaults into the config that its steps get', async () => {
    process.env.CHARGE_MAX = '250';
    const engine = await start({
      templates: [
        single('charge', { handler_config: { gateway: 'stripe' } }),
        single('most', { handler_class: 'Charge', handler_config: { gateway: 'adyen', max_amount: '${CHARGE_MAX}' } }),
        single('own', { handler_class: 'charge', handler_config: { gateway: 'stripe' }, dependent_system: 'bank' }),
      ],
      providers: [Charge],
    });
    const results = async (name: string): Promise<unknown> => (await engine.run(name)).step('only').results;
    expect(await results('charge')).toEqual({
      config: { gateway: 'stripe', max_amount: 10_000, live: false },
      system: 'payment_gateway',
      frozen: true,
    });
    expect(await results('most')).toMatchObject({ config: { gateway: 'adyen', max_amount: 250 } });
    expect(await results('own')).toMatchObject({ system: 'bank' });
    delete process.env.CHARGE_MAX;
  });

  it('stops the start where a step does not satisfy it, and says each place in the file', async () => {
    const path = file(
      'payments.yaml',
      [
        'name: payments',
        'step_templates:',
        '  - name: pay',
        '    handler_class: charge',
        '    handler_config:',
        '      gatway: stripe',
        '      max_amount: much',
        '  - name: again',
        '    handler_class: charge',
      ].join('\n'),
    );
    const engine = await make({ templates: [path as never], providers: [Charge] });
    expect(await findingsOf(engine.start())).toEqual([
      'payments.yaml:6:7: handler_config.gateway must have required property "gateway"',
      'payments.yaml:6:15: handler_config.gatway must not have the property "gatway". Did you mean "gateway"?',
      'payments.yaml:7:19: handler_config.max_amount must be integer',
      expect.stringMatching(/^payments\.yaml:8:5: handler_config\.gateway must have required property/),
    ]);
  });

  it('is held against what a worker resolves, too', async () => {
    const engine = await start({
      templates: [single('charge', { handler_config: { gateway: '${GATEWAY:-stripe}' }, default_retry_limit: 1 })],
      providers: [Charge],
    });
    process.env.GATEWAY = 'barter';
    const task = await engine.run('charge');
    expect(task.step('only').error).toMatchObject({
      errorCode: 'CONFIG_INVALID',
      retryable: false,
      message: expect.stringContaining('handler_config.gateway must be one of "stripe", "adyen"'),
    });
    delete process.env.GATEWAY;
  });

  it('must be a schema, and other options must be known', async () => {
    @StepHandler({ name: 'no good', configSchema: { type: 'objekt' }, isolaton: 'thread' } as never)
    class NoGood {
      process(): void {}
    }
    const engine = await make({ providers: [NoGood] });
    expect(await findingsOf(engine.start())).toEqual([
      '@StepHandler of NoGood: has no option "isolaton". Did you mean "isolation"?',
      expect.stringMatching(/^@StepHandler of NoGood: name must be 1 to 255 letters.* but is "no good"\.$/),
      expect.stringMatching(/^@StepHandler of NoGood: configSchema cannot be used: .*type must be/),
    ]);
  });
});

describe('a file of handlers', () => {
  it('binds names to providers, with a config under that of the steps', async () => {
    const path = file(
      'handlers.yaml',
      [
        'handlers:',
        '  - name: ship',
        '    class: Courier',
        '    config: { carrier: ups, limits: { weight: 30, height: 2 }, url: "${SHIP_URL:-https://ups.example}" }',
        '    dependent_system: carrier',
        '  - { name: ship_slowly, class: Logistics::Courier, config: { carrier: snail } }',
        '  - { name: charge, class: Charge, config: { gateway: adyen, live: true } }',
        '  - { name: not_here, class: Courier, enabled: false }',
      ].join('\n'),
    );
    const engine = await start({
      tasker: { handlers: [path] },
      templates: [
        single('ship', { handler_config: { limits: { weight: 5 } } }),
        single('ship_slowly'),
        single('charge', { handler_config: { live: false } }),
      ],
      providers: [Charge, Courier],
    });
    const results = async (name: string): Promise<unknown> => (await engine.run(name)).step('only').results;
    expect(await results('ship')).toEqual({
      carrier: 'ups',
      limits: { weight: 5, height: 2 },
      url: 'https://ups.example',
      system: 'carrier',
    });
    expect(await results('ship_slowly')).toEqual({ carrier: 'snail', system: null });
    expect(await results('charge')).toMatchObject({ config: { gateway: 'adyen', live: false, max_amount: 10_000 } });
    const registry = engine.get(StepHandlerRegistry);
    expect(registry.list().map(({ keys }) => keys)).toEqual([['charge', 'Charge'], ['ship'], ['ship_slowly']]);
  });

  it('takes a decorated handler away where it is not enabled', async () => {
    const path = file('off.yaml', 'handlers:\n  - { name: charge, class: Charge, enabled: false }\n');
    const engine = await start({ tasker: { handlers: [path] }, providers: [Charge] });
    expect(engine.get(StepHandlerRegistry).names()).toEqual([]);
  });

  it('may hold nothing but comments', async () => {
    await start({ tasker: { handlers: [file('empty.yaml', '# nothing yet\n---\n')] } });
  });

  it('stops the start with everything that is wrong in it, at its place', async () => {
    const path = file(
      'bad.yaml',
      [
        'handlers:',
        '  - name: ship',
        '    class: Curier',
        '    confg: {}',
        '  - name: charge',
        '    class: Courier',
        '  - { name: pay, class: Charge, config: { gateway: cash, timeout_seconds: 3 } }',
        '  - { name: pay, class: DataOnly, enabled: yes }',
        '  - { class: PerUse, name: per_use }',
        '  - { class: Courier }',
      ].join('\n'),
    );
    const engine = await make({
      tasker: { handlers: [path, join(folder, 'nowhere.yaml')] },
      providers: [Charge, Courier, DataOnly, PerUse],
    });
    expect(await findingsOf(engine.start())).toEqual([
      expect.stringMatching(/^nowhere\.yaml: there is no such file or folder/),
      'bad.yaml:3:12: there is no singleton provider of class "Curier". Did you mean "Courier"?',
      'bad.yaml:4:5: unknown key "confg" in a handler. Did you mean "config"?',
      'bad.yaml:5:11: Charge has the name "charge" by its @StepHandler: choose another, or change it there',
      'bad.yaml:7:52: config.gateway must be one of "stripe", "adyen"',
      'bad.yaml:7:58: timeout_seconds is a matter of each step: write it in the templates',
      'bad.yaml:8:13: the handler "pay" is given twice, first at ' + `${path}:7:13: remove one`,
      'bad.yaml:8:25: the class "DataOnly" is no step handler: give it a method process(context)',
      expect.stringMatching(/^bad\.yaml:8:44: enabled must be true or false/),
      'bad.yaml:9:14: there is no singleton provider of class "PerUse". Provide one in a module that the application imports',
      'bad.yaml:10:5: a handler needs the key "name": add it',
    ]);
  });
});
