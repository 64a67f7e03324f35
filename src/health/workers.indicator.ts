import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { Database } from '../persistence/database.js';
import { ClusterStore, type WorkerList } from '../persistence/stores/cluster.store.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

const FRESH_MS = 1_000;

/** Whether there are workers, in whatever process, and whether all of them say that they live. */
@Injectable()
export class WorkersIndicator implements HealthIndicator {
  readonly name = 'workers';
  private readonly probe: Probe<WorkerList>;

  constructor(database: Database, @Inject(TASKER_CONFIG) { worker }: Pick<TaskerConfig, 'worker'>) {
    const store = new ClusterStore(database);
    this.probe = new Probe(() => store.workers(worker.silentMs), { freshMs: FRESH_MS });
  }

  check(): Promise<CheckResult> {
    return this.probe.check(({ count, silent }) => {
      if (count === silent) return { status: 'degraded', detail: 'no worker is alive: steps wait' };
      if (silent > 0) return { status: 'degraded', detail: `${silent} of ${count} are silent` };
      return { status: 'up', detail: `${count} alive` };
    });
  }

  /** @throws Unhealthy */
  list(): Promise<WorkerList> {
    return this.probe.answer();
  }
}
