import { Logger } from '@nestjs/common';
import { Registries } from './registries.js';
import { StepHandlerRegistry } from './step-handler.registry.js';

class Charge {
  process(): void {}
}

class OtherCharge {
  process(): void {}
}

describe('StepHandlerRegistry', () => {
  let registry: StepHandlerRegistry;

  beforeEach(() => {
    registry = new StepHandlerRegistry();
  });

  it('finds a handler by its name, its aliases and its class', () => {
    const handler = new Charge();
    registry.register(handler, ['charge', 'pay']);
    expect(['charge', 'pay', 'Charge'].map((name) => registry.get(name))).toEqual([handler, handler, handler]);
    expect(registry.missing('chrage', 'the step pay')).toMatch(/needs handler "chrage".*Did you mean "[cC]harge"\?/);
    expect(registry.list()).toMatchObject([{ name: 'charge', aliases: ['pay'], keys: ['charge', 'pay', 'Charge'] }]);
  });

  it('refuses a handler without process in words that say how to mend it', () => {
    class InvalidClass {
      proces(): void {}
    }
    expect(() => registry.register(new InvalidClass() as never, ['work'])).toThrow(
      expect.objectContaining({
        name: 'ValidationError',
        code: 'handler_invalid',
        className: 'InvalidClass',
        missing: ['process'],
        required: ['process'],
        nearest: { process: 'proces' },
        message: expect.stringMatching(
          /^Handler validation failed: InvalidClass does not implement required method 'process'\. Required methods: \[process\]\. Suggestion: Extend StepHandlerBase, or add process\(context\)/,
        ),
      }),
    );
    expect(registry.list()).toEqual([]);
  });

  it.each([null, undefined, 'text', () => 1])('refuses %p, which is no handler', (handler) => {
    expect(() => registry.register(handler as never, ['work'])).toThrow(
      expect.objectContaining({ code: 'handler_invalid' }),
    );
  });

  it('refuses a second handler of a name, and says how to replace the first', () => {
    registry.register(new Charge(), ['charge']);
    expect(() => registry.register(new OtherCharge(), ['charge'])).toThrow(
      expect.objectContaining({
        code: 'handler_conflict',
        message:
          'Two step handlers answer to "charge": Charge and OtherCharge. ' +
          'Give one of them another name in @StepHandler, or register it with { replace: true }.',
      }),
    );
    const other = new OtherCharge();
    registry.register(other, ['charge'], { replace: true });
    expect(registry.get('charge')).toBe(other);
    expect(registry.has('Charge')).toBe(false);
  });

  it('takes the later of two instances of one class, which two modules provide', () => {
    const later = new Charge();
    registry.register(new Charge(), ['charge']);
    registry.register(later, ['charge']);
    expect(registry.get('charge')).toBe(later);
  });

  it('registers all of several handlers or none', () => {
    const both = [
      { handler: new Charge(), names: ['charge'] },
      { handler: new OtherCharge(), names: ['charge'] },
    ];
    expect(() => registry.registerAll(both)).toThrow(/Two step handlers/);
    expect(registry.names()).toEqual([]);
  });

  it('forgets a handler under all its names', () => {
    registry.register(new Charge(), ['charge', 'pay']);
    expect(registry.unregister('pay')).toBe(true);
    expect(registry.names()).toEqual([]);
    expect(registry.unregister('pay')).toBe(false);
  });
});

describe('Registries', () => {
  beforeEach(() => void jest.spyOn(Logger.prototype, 'debug').mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  it('tells of the changes of every registry, made before or after', () => {
    const registries = new Registries({ environment: 'test', taskerVersion: '1.0.0' });
    const told: string[] = [];
    registries.onChange(({ registryName, type, entityId }) => void told.push(`${registryName} ${type} ${entityId}`));
    const handlers = new StepHandlerRegistry(registries);
    handlers.register(new Charge(), ['charge']);
    registries.onChange(({ type }) => void told.push(`also ${type}`));
    handlers.unregister('Charge');
    expect(told).toEqual(['step_handlers registered charge', 'step_handlers unregistered charge', 'also unregistered']);
    expect(registries.names()).toEqual(['step_handlers']);
    expect(registries.get('step_handlers')!.stats()).toMatchObject({ total: 0, thread_safe: true });
  });

  it('refuses two registries of one name', () => {
    const registries = new Registries({ environment: 'test', taskerVersion: '1.0.0' });
    new StepHandlerRegistry(registries);
    expect(() => new StepHandlerRegistry(registries)).toThrow('two registries "step_handlers"');
  });
});
