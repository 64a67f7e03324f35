import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { HealthIndicator } from './health-indicator.js';
import type { CheckResult } from './probe.js';

const TURN_MS = 100;
/** A loop that has stood still for this long within the window does not do its work in time. */
const MOST_LAG_MS = 2_000;
const WINDOW_MS = 5_000;

/**
 * Whether the event loop turns. One that is blocked answers nobody; it is told of once it turns again, and for as long as
 * it may well happen again.
 */
@Injectable()
export class EventLoopIndicator implements HealthIndicator, OnApplicationBootstrap, OnApplicationShutdown {
  readonly name = 'event_loop';
  private timer: NodeJS.Timeout | undefined;
  private turnedAt = performance.now();
  private isOver = false;
  /** The longest lags, each longer than all that came after it. */
  private lags: { at: number; ms: number }[] = [];

  /** What starting takes is not counted: nobody can ask yet. */
  onApplicationBootstrap(): void {
    setImmediate(() => {
      if (this.isOver) return;
      this.turnedAt = performance.now();
      this.timer ??= setInterval(() => this.turn(), TURN_MS).unref();
    });
  }

  onApplicationShutdown(): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  check(): Promise<CheckResult> {
    const lagMs = this.lagMs();
    const down = lagMs >= MOST_LAG_MS;
    const within = `within the last ${WINDOW_MS / 1000} s`;
    const detail = down ? `stood still for ${lagMs} ms ${within}` : `lagged by ${lagMs} ms at most ${within}`;
    return Promise.resolve({ status: down ? 'down' : 'up', detail, latencyMs: 0 });
  }

  /** The longest of the last seconds, the present one included, in whole milliseconds. */
  lagMs(): number {
    const now = performance.now();
    const present = this.timer ? now - this.turnedAt - TURN_MS : 0;
    const past = this.lags.find(({ at }) => at > now - WINDOW_MS)?.ms ?? 0;
    return Math.max(0, Math.round(Math.max(present, past)));
  }

  private turn(): void {
    const at = performance.now();
    const ms = at - this.turnedAt - TURN_MS;
    this.turnedAt = at;
    this.lags = this.lags.filter((lag) => lag.ms > ms && lag.at > at - WINDOW_MS);
    this.lags.push({ at, ms });
  }
}
