import { join } from 'node:path';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing';
import { Tree } from '@angular-devkit/schematics';
import { EVENT_NAMES } from '../../src/events/event-name.js';
import { MethodRoutes } from '../../src/events/method-routes.js';

const COLLECTION = join(__dirname, '..', '..', 'src', 'schematics', 'collection.json');
const APP_MODULE = `import { Module } from '@nestjs/common';

@Module({
  imports: [],
  providers: [],
})
export class AppModule {}
`;

describe('the collection of schematics', () => {
  let runner: SchematicTestRunner;
  let warnings: string[];

  beforeEach(() => {
    runner = new SchematicTestRunner('nest-tasker', COLLECTION);
    warnings = [];
    runner.logger.subscribe(({ message }) => warnings.push(message));
  });

  /** In a project of these files; Prettier cannot be loaded inside of Jest. */
  const run = (schematic: string, options: object, files: Record<string, string> = {}): Promise<UnitTestTree> => {
    const host = Tree.empty();
    for (const [path, text] of Object.entries({ 'src/app.module.ts': APP_MODULE, ...files })) host.create(path, text);
    return runner.runSchematic(schematic, { format: false, ...options }, new UnitTestTree(host));
  };
  const added = (tree: UnitTestTree): string[] => tree.files.filter((path) => path !== '/src/app.module.ts').sort();

  it.each([
    [{ name: 'chargeCard' }, 'src/charge-card/charge-card'],
    [{ name: 'payments/charge_card' }, 'src/payments/charge-card/charge-card'],
    [{ name: 'charge-card', path: 'payments' }, 'src/payments/charge-card/charge-card'],
    [{ name: 'charge-card', sourceRoot: 'apps/shop/src' }, 'apps/shop/src/charge-card/charge-card'],
    [{ name: 'payments/charge-card', flat: true }, 'src/payments/charge-card'],
  ])('writes a step handler where Nest would write a provider: %j', async (options, stem) => {
    const tree = await run('step-handler', options);
    expect(added(tree)).toEqual([`/${stem}.step-handler.spec.ts`, `/${stem}.step-handler.ts`]);
    expect(tree.readText(`${stem}.step-handler.ts`)).toMatch(
      /@StepHandler\('charge_card'\)\nexport class ChargeCardStepHandler/,
    );
  });

  it('reads the source folder from nest-cli.json', async () => {
    const tree = await run('step-handler', { name: 'a' }, { 'nest-cli.json': '{ "sourceRoot": "source" }' });
    expect(added(tree)).toContain('/source/a/a.step-handler.ts');
  });

  it('writes no spec, or one of another suffix', async () => {
    expect(added(await run('step-handler', { name: 'a', spec: false }))).toEqual(['/src/a/a.step-handler.ts']);
    expect(added(await run('step-handler', { name: 'a', specFileSuffix: 'test' }))).toContain(
      '/src/a/a.step-handler.test.ts',
    );
  });

  it('gives a handler the external system that it talks to', async () => {
    const tree = await run('step-handler', { name: 'a', type: 'api', dependentSystem: "the bank's" });
    const text = tree.readText('src/a/a.step-handler.ts');
    expect(text).toContain(`@StepHandler({ name: 'a', dependentSystem: 'the bank\\'s' })`);
    expect(text).toContain('extends ApiStepHandler<AContext, AResult>');
  });

  describe('the nearest module', () => {
    const ORDERS = APP_MODULE.replace('AppModule', 'OrdersModule');

    it('provides a handler', async () => {
      const tree = await run('step-handler', { name: 'orders/a' }, { 'src/orders/orders.module.ts': ORDERS });
      expect(tree.readText('src/app.module.ts')).toBe(APP_MODULE);
      expect(tree.readText('src/orders/orders.module.ts')).toBe(
        ORDERS.replace(';\n', `;\nimport { AStepHandler } from './a/a.step-handler';\n`).replace(
          'providers: []',
          'providers: [AStepHandler]',
        ),
      );
    });

    it('imports the module of a task', async () => {
      const tree = await run('task', { name: 'order' });
      expect(tree.readText('src/app.module.ts')).toContain(`import { OrderModule } from './order/order.module';`);
      expect(tree.readText('src/app.module.ts')).toContain('imports: [OrderModule]');
    });

    it('imports as ES modules do where the project is made of them', async () => {
      const tree = await run('task', { name: 'order', steps: 'a b' }, { 'package.json': '{ "type": "module" }' });
      expect(tree.readText('src/app.module.ts')).toContain(`from './order/order.module.js'`);
      expect(tree.readText('src/order/step-handlers/b.step-handler.ts')).toContain(`from './a.step-handler.js'`);
    });

    it('is left alone where that is wished', async () => {
      const tree = await run('subscriber', { name: 'a', skipImport: true });
      expect(tree.readText('src/app.module.ts')).toBe(APP_MODULE);
      expect(warnings).toEqual([]);
    });

    it('is left alone where its list cannot be changed, and the user is told', async () => {
      const written = APP_MODULE.replace('providers: []', 'providers: PROVIDERS');
      const tree = await run('subscriber', { name: 'a' }, { 'src/a/a.module.ts': written });
      expect(tree.readText('src/a/a.module.ts')).toBe(written);
      expect(warnings).toEqual([
        'a.module.ts is not touched, for its providers are not written as a list: ' +
          'add ASubscriber to the providers of src/a/a.module.ts.',
      ]);
    });

    it('is missed aloud', async () => {
      const tree = await runner.runSchematic(
        'subscriber',
        { name: 'a', format: false },
        new UnitTestTree(Tree.empty()),
      );
      expect(added(tree)).toHaveLength(2);
      expect(warnings).toEqual([
        'There is no module file: add ASubscriber to the providers of the module that it belongs to.',
      ]);
    });
  });

  describe('subscriber', () => {
    const classOf = async (options: object): Promise<string> =>
      (await run('subscriber', { name: 'notification', ...options })).readText(
        'src/notification/notification.subscriber.ts',
      );

    it('has a method for each event', async () => {
      const text = await classOf({ events: ['task.completed', 'task.failed', 'step.failed'] });
      expect(text).toContain(`@EventSubscriber({ events: ['task.completed', 'task.failed', 'step.failed'] })`);
      expect(text).toContain('export class NotificationSubscriber');
      expect(text).toContain(`handleTaskCompleted(event: EventOf<'task.completed'>)`);
      expect(text).toContain(`handleTaskFailed(event: EventOf<'task.failed'>)`);
      expect(text).toContain(`handleStepFailed(event: EventOf<'step.failed'>)`);
    });

    it('takes one text for several events, and what an underscore stands for a dot in', async () => {
      const text = await classOf({ events: 'task.completed, task_completed step_failed' });
      expect(text).toContain(`events: ['task.completed', 'step.failed']`);
    });

    it('takes what a tool leaves over behind the first event', async () => {
      const argv = ['notification', 'task.failed', 'step.failed'];
      expect(await classOf({ events: 'task.completed', argv })).toContain(
        `events: ['task.completed', 'task.failed', 'step.failed']`,
      );
    });

    it('has one method for all that patterns mean', async () => {
      const text = await classOf({ events: ['step.*', 'workflow.*', 'step.failed'] });
      expect(text).toContain(`events: ['step.failed', 'step.*', 'workflow.*']`);
      expect(text).toContain(`handle(event: EventOf<'step.*' | 'workflow.*'>)`);
      expect(text).toContain(`handleStepFailed(event: EventOf<'step.failed'>)`);
    });

    it('has methods that the events come to, whichever of the catalog they are', async () => {
      const routes = new MethodRoutes(EVENT_NAMES);
      for (const event of EVENT_NAMES) {
        const [, method] = /^ {2}(handle\w+)\(/m.exec(await classOf({ events: [event] }))!;
        expect(routes.methodFor(event, [method!])).toBe(method);
      }
    });

    it.each([
      [['task.complted'], 'There is no event "task.complted". Did you mean "task.completed"?'],
      [['stp.*'], 'There is no event "stp.*". Did you mean "step.*"?'],
      [[], 'A subscriber needs at least one event: --events task.completed'],
    ])('refuses %j', async (events, message) => {
      await expect(classOf({ events })).rejects.toThrow(message);
    });
  });

  describe('task', () => {
    it('is a template, its context, a handler for each step, a module and a spec', async () => {
      const tree = await run('task', { name: 'fulfilment/order' });
      expect(added(tree)).toEqual([
        '/config/tasker/tasks/default/order.yaml',
        '/src/fulfilment/order/order-context.ts',
        '/src/fulfilment/order/order.module.ts',
        '/src/fulfilment/order/order.task.spec.ts',
        '/src/fulfilment/order/step-handlers/complete-task.step-handler.ts',
        '/src/fulfilment/order/step-handlers/fetch-data.step-handler.ts',
        '/src/fulfilment/order/step-handlers/process-data.step-handler.ts',
      ]);
      expect(tree.readText('config/tasker/tasks/default/order.yaml')).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/\.\.\/\.\.\/\.\.\/node_modules\/nest-tasker\/schemas\/task-template\.schema\.json\n/,
      );
    });

    it('has a handler of its own where that is wished', async () => {
      const tree = await run('task', { name: 'order', taskHandler: true });
      expect(tree.readText('src/order/order.task-handler.ts')).toContain(`@TaskHandler({ name: 'order' })`);
      expect(tree.readText('src/order/order.module.ts')).toContain('    OrderTaskHandler,\n');
    });

    it('of two namespaces may have one name', async () => {
      const tree = await run('task', { name: 'refund', namespace: 'payments', steps: 'a' });
      expect(tree.readText('config/tasker/tasks/payments/refund.yaml')).toContain('handler_class: payments.refund.a');
      expect(tree.readText('src/refund/step-handlers/a.step-handler.ts')).toContain('class PaymentsRefundAStepHandler');
      expect(tree.readText('src/refund/refund.module.ts')).toContain('export class PaymentsRefundModule');
      const other = await run('task', { name: 'refund', namespace: 'customer-success', steps: 'a' });
      expect(other.readText('config/tasker/tasks/customer-success/refund.yaml')).toContain(
        'namespace_name: customer-success',
      );
      expect(other.readText('src/refund/refund.module.ts')).toContain('export class CustomerSuccessRefundModule');
    });

    it.each([
      ['a(b) b(a)', 'The task cannot be: the steps depend on each other in a cycle: a -> b -> a.'],
      ['a b(c)', 'A step waits for "c", which is none of them'],
    ])('refuses the steps %j', async (steps, message) => {
      await expect(run('task', { name: 'order', steps })).rejects.toThrow(message);
    });
  });

  it('overwrites no file, unless it is told to', async () => {
    const files = { 'src/a/a.step-handler.ts': 'mine', 'src/a/a.step-handler.spec.ts': 'mine' };
    await expect(run('step-handler', { name: 'a' }, files)).rejects.toThrow(
      'src/a/a.step-handler.ts, src/a/a.step-handler.spec.ts exist already: ' +
        'choose another name, or overwrite them with --force.',
    );
    const tree = await run('step-handler', { name: 'a', force: true }, files);
    expect(tree.readText('src/a/a.step-handler.ts')).toContain('class AStepHandler');
  });

  it.each([
    [{ name: '../a' }, '"../a" leads out of the source folder'],
    [{ name: '/etc/a' }, '"/etc/a" is absolute'],
    [{ name: 'a', path: '../../b' }, '"../../b" leads out of the source folder'],
    [{ name: 'payments/' + '1a' }, 'The name "1a" must start with a letter'],
    [{ name: '' }, 'The name "" must start with a letter'],
    [{ name: 'a', specFileSuffix: '../x' }, 'The suffix of specs "../x"'],
    [{ name: 'a', language: 'js' }, 'Only TypeScript is written'],
    [{ name: 'a', type: 'soap' }, 'must be equal to one of the allowed values'],
    [{ name: 'a', dependentSystem: ' ' }, 'The dependent system is empty'],
    [{ name: 'a', dependantSystem: 'x' }, 'There is no option "dependantSystem". Did you mean "dependentSystem"?'],
    [{ name: 'a', argv: ['a', 'b'] }, '"b" is too much: only a name is expected.'],
    [{ name: 'api', type: 'api' }, 'would define ApiStepHandler, which nest-tasker has already'],
    [{}, 'must have required property'],
  ])('refuses %j', async (options, message) => {
    await expect(run('step-handler', options)).rejects.toThrow(message);
  });

  it('says which options do nothing, for a tool may pass some of its own', async () => {
    await run('step-handler', { name: 'a', crud: true });
    expect(warnings).toEqual(['"crud" is no option of step-handler, and does nothing.']);
  });
});
