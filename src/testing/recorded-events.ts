import { isDeepStrictEqual } from 'node:util';
import { aliasOf, isMeantBy } from '../events/event-name.js';
import type { EventOf } from '../events/event-pattern.js';
import type { AnyEvent } from '../events/tasker-events.js';

/** Facts that an event must have: each given key with an equal value. */
export type EventMatch = Partial<Record<string, unknown>>;

export interface NextOptions {
  /** In milliseconds of the machine's time. @default 5000 */
  timeoutMs?: number;
}

interface Waiter {
  pattern: string;
  match: EventMatch;
  take: (event: AnyEvent) => void;
}

/** The events that an application under test has published, system events and those of handlers, in their order. */
export class RecordedEvents {
  private readonly recorded: AnyEvent[] = [];
  /** Events that `next` has answered with. */
  private readonly answered = new WeakSet<AnyEvent>();
  private readonly waiters = new Set<Waiter>();

  /** @internal */
  record(event: AnyEvent): void {
    this.recorded.push(event);
    for (const waiter of this.waiters) {
      if (this.answered.has(event)) return;
      if (isWanted(event, waiter)) waiter.take(event);
    }
  }

  all(): AnyEvent[] {
    return [...this.recorded];
  }

  /** Names of the events, in their order. */
  names(match: EventMatch = {}): string[] {
    return this.recorded.filter((event) => matches(event, match)).map(({ event }) => event);
  }

  /** @param pattern - a name or its alias, all that begin alike (`step.*`), or all (`*`) */
  of<P extends string>(pattern: P, match: EventMatch = {}): EventOf<P>[] {
    return this.recorded.filter((event) => isWanted(event, { pattern, match })) as EventOf<P>[];
  }

  /**
   * The first event of those meant that no earlier `next` has answered with: one that is recorded already, or the next to come.
   *
   * @throws Error after `timeoutMs`, which tells what was published instead
   */
  next<P extends string>(
    pattern: P,
    match: EventMatch = {},
    { timeoutMs = 5_000 }: NextOptions = {},
  ): Promise<EventOf<P>> {
    const known = this.recorded.find((event) => !this.answered.has(event) && isWanted(event, { pattern, match }));
    if (known) {
      this.answered.add(known);
      return Promise.resolve(known as EventOf<P>);
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        pattern,
        match,
        take: (event) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          this.answered.add(event);
          resolve(event as EventOf<P>);
        },
      };
      this.waiters.add(waiter);
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(
          new Error(`No event "${pattern}"${shown(match)} within ${timeoutMs} ms. Published were: ${this.told()}.`),
        );
      }, timeoutMs);
    });
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.recorded.length = 0;
  }

  private told(): string {
    const names = this.names().slice(-50);
    return names.length > 0 ? names.join(', ') : 'none';
  }
}

const isWanted = (event: AnyEvent, { pattern, match }: Pick<Waiter, 'pattern' | 'match'>): boolean =>
  (isMeantBy(pattern, event.event) || pattern === aliasOf(event.event)) && matches(event, match);

const matches = (event: AnyEvent, match: EventMatch): boolean =>
  Object.entries(match).every(([key, value]) => isDeepStrictEqual((event as Record<string, unknown>)[key], value));

const shown = (match: EventMatch): string => (Object.keys(match).length > 0 ? ` with ${JSON.stringify(match)}` : '');
