import { Inject, Injectable, Optional } from '@nestjs/common';
import type { CheckResult } from './probe.js';
import { WORKER_STATUS, type WorkerProbe } from './worker-status.js';

/** A worker whose last good poll is older than this takes no steps. */
export const STALE_POLL_MS = 15_000;

/** Whether the worker of this process takes steps. */
@Injectable()
export class WorkerIndicator {
  constructor(@Optional() @Inject(WORKER_STATUS) private readonly worker: WorkerProbe | null) {}

  /** Null where the process does not hold the role. */
  check(): CheckResult | null {
    if (!this.worker) return null;
    const { state, lastPollAt } = this.worker;
    if (state !== 'live') return { status: 'down', detail: state };
    const age = Date.now() - lastPollAt;
    if (age > STALE_POLL_MS) return { status: 'down', detail: `last asked for steps ${Math.round(age / 1000)} s ago` };
    return { status: 'up', detail: state };
  }
}
