import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { EventEmitter2 } from 'eventemitter2';
import { inspect } from 'node:util';
import type { TaskerEventName, TaskerEvents } from './tasker-events.js';

type Payload<E extends TaskerEventName> = Omit<TaskerEvents[E], 'event' | 'timestamp'>;

/**
 * Publishes the engine's events to listeners in this process, and as `tasker.<event>` to the host's `EventEmitterModule`
 * where it has one. What a listener does never reaches the engine.
 */
@Injectable()
export class EventBus {
  private readonly logger = new Logger('Tasker');
  private readonly emitter = new EventEmitter2({ wildcard: true, delimiter: '.', maxListeners: 0 });
  private listeners = 0;

  /** @param host - the emitter of the host's `@nestjs/event-emitter`, for its `@OnEvent('tasker.task.completed')` */
  constructor(@Optional() @Inject(EventEmitter2) private readonly host: EventEmitter2 | null = null) {}

  /**
   * @param pattern - an event's name, or a pattern as `task.*` or `**`
   * @returns stops the listening
   */
  on<E extends TaskerEventName>(pattern: E, listener: (payload: TaskerEvents[E]) => unknown): () => void;
  on(pattern: string, listener: (payload: TaskerEvents[TaskerEventName]) => unknown): () => void;
  on(pattern: string, listener: (payload: never) => unknown): () => void {
    const guarded = (payload: never): void => this.deliver(pattern, listener, payload);
    this.emitter.on(pattern, guarded as never);
    this.listeners++;
    let listening = true;
    return () => {
      if (!listening) return;
      listening = false;
      this.emitter.off(pattern, guarded as never);
      this.listeners--;
    };
  }

  /** @param payload - made only if somebody listens */
  publish<E extends TaskerEventName>(event: E, payload: () => Payload<E>): void {
    const here = this.listeners > 0 && this.emitter.hasListeners(event);
    const there = this.host !== null && this.host.hasListeners(`tasker.${event}`);
    if (!here && !there) return;
    const facts = { event, timestamp: new Date().toISOString(), ...payload() };
    if (here) this.emitter.emit(event, facts);
    if (there) this.deliver(`tasker.${event}`, () => this.host!.emit(`tasker.${event}`, facts), undefined as never);
  }

  private deliver(pattern: string, listener: (payload: never) => unknown, payload: never): void {
    try {
      const outcome = listener(payload);
      if (isThenable(outcome)) Promise.resolve(outcome).catch((error: unknown) => this.report(pattern, error));
    } catch (error) {
      this.report(pattern, error);
    }
  }

  private report(pattern: string, error: unknown): void {
    this.logger.error(`A listener of "${pattern}" failed: ${error instanceof Error ? error.stack : inspect(error)}`);
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
