import { Inject, Injectable, Optional } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { WORKER_STATUS, type WorkerProbe } from './worker-status.js';

/** A worker whose last good poll is older than this takes no steps. */
export const STALE_POLL_MS = 15_000;

/** Whether the worker of this process takes steps. */
@Injectable()
export class WorkerIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @Optional() @Inject(WORKER_STATUS) private readonly worker: WorkerProbe | null,
  ) {}

  /** Empty where the process does not hold the role. */
  check(): HealthIndicatorResult {
    if (!this.worker) return {};
    const { state, lastPollAt } = this.worker;
    const session = this.indicators.check('worker');
    if (state !== 'live') return session.down({ detail: state });
    if (lastPollAt === 0) return session.down({ detail: 'has not asked for steps yet' });
    const age = Date.now() - lastPollAt;
    if (age > STALE_POLL_MS) return session.down({ detail: `last asked for steps ${Math.round(age / 1000)} s ago` });
    return session.up({ detail: state });
  }
}
