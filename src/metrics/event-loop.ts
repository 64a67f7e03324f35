import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { EVENT_LOOP_LAG, EVENT_LOOP_UTILIZATION } from './families.js';
import { Instruments } from './instruments.js';

const RESOLUTION_MS = 20;
/** Figures are of this long at least, so that whoever scrapes often leaves something to others. */
const WINDOW_MS = 10_000;
const PERCENTILES = { p50: 50, p99: 99, max: 100 } as const;

type Lags = Record<keyof typeof PERCENTILES, number>;

/** How late the event loop of this process is, and how busy: measured by a timer below JavaScript, read when asked for. */
@Injectable()
export class EventLoopMetrics implements OnApplicationShutdown {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private beganAt = performance.now();
  private utilization = performance.eventLoopUtilization();
  private last: { lags: Lags; busy: number } | null = null;

  constructor(instruments: Instruments) {
    this.delays.enable();
    const lag = instruments.gauge(EVENT_LOOP_LAG);
    const busy = instruments.gauge(EVENT_LOOP_UTILIZATION);
    instruments.probe({
      name: 'event_loop',
      freshMs: 0,
      ask: () => this.read(),
      say: (figures) => {
        const lags = Object.entries(figures?.lags ?? {}) as [keyof Lags, number][];
        lag.replace(lags.map(([stat, seconds]) => [{ stat }, seconds]));
        busy.replace(figures ? [[{}, figures.busy]] : []);
      },
    });
  }

  onApplicationShutdown(): void {
    this.delays.disable();
  }

  private read(): { lags: Lags; busy: number } {
    const isWhole = performance.now() - this.beganAt >= WINDOW_MS;
    if (!isWhole && this.last !== null) return this.last;
    const now = performance.eventLoopUtilization();
    const figures = { lags: this.lags(), busy: performance.eventLoopUtilization(now, this.utilization).utilization };
    if (!isWhole) return figures;
    this.delays.reset();
    this.beganAt = performance.now();
    this.utilization = now;
    return (this.last = figures);
  }

  private lags(): Lags {
    const seconds = (percentile: number): number =>
      // nothing was seen before the first turn
      this.delays.count === 0 ? 0 : Math.max(0, this.delays.percentile(percentile) / 1e6 - RESOLUTION_MS) / 1000;
    const entries = Object.entries(PERCENTILES).map(([stat, percentile]) => [stat, seconds(percentile)]);
    return Object.fromEntries(entries) as Lags;
  }
}
