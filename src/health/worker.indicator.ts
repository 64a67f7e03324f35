import { Inject, Injectable, Optional } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import type { HealthIndicator } from './health-indicator.js';
import type { CheckResult, CheckStatus } from './probe.js';
import { WORKER_STATUS, type WorkerProbe } from './worker-status.js';

/** Whether the worker of this process takes steps, and says that it lives. */
@Injectable()
export class WorkerIndicator implements HealthIndicator {
  readonly name = 'worker';

  constructor(
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'worker'>,
    @Optional() @Inject(WORKER_STATUS) private readonly worker: WorkerProbe | null,
  ) {}

  /** Null where the process does not hold the role. */
  check(): Promise<CheckResult | null> {
    return Promise.resolve(this.worker ? { ...this.look(this.worker), latencyMs: 0 } : null);
  }

  private look({ state, lastPollAt, lastBeatAt }: WorkerProbe): { status: CheckStatus; detail: string } {
    const { silentMs, pollMs } = this.config.worker;
    if (state !== 'live') return { status: 'down', detail: state };
    const [pollAge, beatAge] = [Date.now() - lastPollAt, Date.now() - lastBeatAt];
    if (beatAge > silentMs) return { status: 'down', detail: `last said that it lives ${inSeconds(beatAge)} ago` };
    // a poll waits for its turn behind what a busy worker writes
    if (pollAge > Math.max(1.5 * silentMs, 3 * pollMs)) {
      return { status: 'down', detail: `last asked for steps ${inSeconds(pollAge)} ago` };
    }
    return { status: 'up', detail: state };
  }
}

const inSeconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
