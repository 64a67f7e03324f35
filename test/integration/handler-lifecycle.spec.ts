import { Injectable } from '@nestjs/common';
import { StepHandler, StepHandlerRegistry } from '../../src/index.js';
import { engines, eventually, Gate, LOG, single } from '../support/engine.js';

const { start, make } = engines();

let diary: string[];
beforeEach(() => void (diary = []));

@StepHandler({ name: 'pay', aliases: ['charge'] })
class Pay {
  async setup(): Promise<void> {
    await Promise.resolve();
    diary.push('pay set up');
  }
  process(): string {
    diary.push('pay runs');
    return 'paid';
  }
  cleanup(): void {
    diary.push('pay cleaned up');
  }
}

@StepHandler('ship')
class Ship {
  setup(): void {
    diary.push('ship set up');
  }
  process(): void {}
  cleanup(): void {
    throw new Error('the truck is gone');
  }
}

@StepHandler('broken')
class Broken {
  setup(): void {
    throw new Error('no such queue');
  }
  process(): void {}
}

describe('a handler', () => {
  it('is set up before its first step and cleaned up once its steps are done, whoever else fails at it', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('pay'), single('charge'), single('wait')],
      handlers: { wait: () => gate.pass().then(() => void diary.push('wait is over')) },
      providers: [Pay, Ship],
    });
    expect(diary.sort()).toEqual(['pay set up', 'ship set up']);
    await engine.run('pay');
    await engine.run('charge');
    await engine.create('wait');
    await gate.reached();
    gate.open();
    await engine.stop();
    expect(diary.slice(2)).toEqual(['pay runs', 'pay runs', 'wait is over', 'pay cleaned up']);
    expect(LOG.lines.join()).toContain('Cleaning up the step handler Ship failed: Error: the truck is gone');
  });

  it('that cannot be set up stops the start, and the others are cleaned up', async () => {
    const engine = await make({ providers: [Pay, Broken] });
    await expect(engine.start()).rejects.toThrow(
      /^Step handlers cannot start:\n {2}broken \(Broken\): cannot be set up: Error: no such queue/,
    );
    expect(diary).toEqual(['pay set up', 'pay cleaned up']);
  });

  it('is not set up in a process that runs no steps', async () => {
    await start({ roles: ['api'], providers: [Broken] });
  });
});

describe('a handler that is registered later', () => {
  it('is set up, and gets the steps that wait for it', async () => {
    const engine = await start({ templates: [single('pay')], handlers: { pay: () => 'for now' } });
    const registry = engine.get(StepHandlerRegistry);
    expect(registry.unregister('pay')).toBe(true);
    await eventually('nothing is claimed for it any more', async () => {
      const { taskId } = await engine.create('pay');
      const { status } = (await engine.look(taskId)).step('only');
      return status === 'ready' && (await engine.client.getTask(taskId)).status === 'pending';
    });
    const { taskId } = await engine.create('pay');
    registry.register(Pay);
    expect((await engine.finished(taskId)).step('only').results).toBe('paid');
    expect(diary[0]).toBe('pay set up');
  });

  it('is taken from the providers of the application by its class', async () => {
    @Injectable()
    class Till {
      constructor() {
        diary.push('made');
      }
      process(): string {
        return 'rung up';
      }
    }
    const engine = await start({ providers: [Till] });
    const registry = engine.get(StepHandlerRegistry);
    registry.register(Till, ['ring_up', 'till']);
    expect(diary).toEqual(['made']);
    expect(registry.find('till')).toMatchObject({ name: 'ring_up', handler: engine.get(Till) });

    class Needy {
      constructor(readonly till: Till) {}
      process(): void {}
    }
    expect(() => registry.register(Needy, 'needy')).toThrow(
      'Needy is no provider of this application, and its constructor wants 1 parameters: provide it in a module, or register an instance.',
    );
  });

  it('that cannot be set up gets no steps, until another takes its place', async () => {
    const engine = await start({ templates: [single('broken')], handlers: { broken: () => 1 } });
    const registry = engine.get(StepHandlerRegistry);
    registry.register(new Broken(), 'broken', { replace: true });
    await eventually('it is said', () =>
      LOG.lines.some((line) => line.includes('does not run: broken (Broken): cannot be set up: Error: no such queue')),
    );
    const { taskId } = await engine.create('broken');
    registry.register({ process: () => 'mended' }, 'broken', { replace: true });
    expect((await engine.finished(taskId)).step('only').results).toBe('mended');
  });

  it('leaves the steps that run to the one that it replaces', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('slow')],
      handlers: { slow: () => gate.pass().then(() => 'old') },
    });
    const { taskId } = await engine.create('slow');
    await gate.reached();
    engine.get(StepHandlerRegistry).unregister('slow');
    gate.open();
    expect((await engine.finished(taskId)).step('only').results).toBe('old');
  });
});
