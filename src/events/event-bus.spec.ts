import { Logger } from '@nestjs/common';
import { setImmediate as turn } from 'node:timers/promises';
import { EventBus } from './event-bus.js';
import { EVENT_DEFINITIONS } from './event-definitions.js';

const publish = (bus: EventBus): void => bus.publish('task.started', () => EVENT_DEFINITIONS['task.started'].example);

describe('the bus', () => {
  const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  afterEach(() => logged.mockClear());
  afterAll(() => logged.mockRestore());

  it('goes on delivering to others when one stops listening twice', () => {
    const bus = new EventBus();
    const heard: string[] = [];
    const stop = bus.on('task.started', () => heard.push('one'));
    bus.on('task.started', () => heard.push('two'));
    stop();
    stop();
    publish(bus);
    expect(heard).toEqual(['two']);
  });

  it.each([
    ['an error', () => Promise.reject(new Error('no'))],
    ['what is not even a string', () => Promise.reject(Object.create(null) as Error)],
    [
      'by a promise that is not native',
      () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(Error()) }),
    ],
    [
      'at once',
      () => {
        throw Object.create(null) as Error;
      },
    ],
  ])('logs a listener that fails with %s', async (_, listener) => {
    const bus = new EventBus();
    const after = jest.fn();
    bus.on('task.started', listener);
    bus.on('task.started', after);
    publish(bus);
    await turn();
    expect(after).toHaveBeenCalledTimes(1);
    expect(logged).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['task.started', true],
    ['task.*', true],
    ['task.**', true],
    ['*', true],
    ['**', true],
    ['task', false],
    ['task.', false],
    ['task.start*', false],
    ['step.*', false],
    ['*.started', false],
  ])('brings task.started to who listens to %s: %s', (pattern, hears) => {
    const bus = new EventBus();
    const heard = jest.fn();
    bus.on(pattern, heard);
    expect(bus.hears('task.started')).toBe(hears);
    publish(bus);
    expect(heard).toHaveBeenCalledTimes(hears ? 1 : 0);
  });

  it('makes no payload where nobody listens', () => {
    const bus = new EventBus();
    const payload = jest.fn(() => EVENT_DEFINITIONS['task.started'].example);
    bus.publish('task.started', payload);
    const stop = bus.on('task.completed', () => undefined);
    bus.publish('task.started', payload);
    stop();
    expect(payload).not.toHaveBeenCalled();
  });
});
