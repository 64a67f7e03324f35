import { hostname } from 'node:os';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { Database } from '../persistence/database.js';
import { RELEASE } from '../persistence/release.js';
import { ClusterStore, type QueueDepth, type WorkerList } from '../persistence/stores/cluster.store.js';
import type { SubscriptionFigures } from '../persistence/stores/subscriptions.js';
import type { RegistryHealth } from '../registry/registry-kind.js';
import { AlertsIndicator } from './alerts.indicator.js';
import { DatabaseIndicator, type PoolUsage } from './database.indicator.js';
import { DiskIndicator, type DiskSpace } from './disk.indicator.js';
import { EventLoopIndicator } from './event-loop.indicator.js';
import { Probe, type CheckResult } from './probe.js';
import { checkAll, Readiness } from './readiness.js';
import { RegistriesIndicator } from './registries.indicator.js';
import { SubscriptionsIndicator } from './subscriptions.indicator.js';
import { WorkersIndicator } from './workers.indicator.js';
import { WORKER_STATUS, type WorkerProbe } from './worker-status.js';

const FRESH_MS = 1_000;

/** `degraded` works, but not all is as it should be; `unhealthy` cannot do what it is there for. */
export type OverallHealth = 'healthy' | 'degraded' | 'unhealthy';

/** How this process and the whole cluster stand. What could not be found out is null. */
export interface HealthReport {
  status: OverallHealth;
  checkedAt: Date;
  checks: Record<string, CheckResult>;
  process: {
    version: string;
    node: string;
    name: string;
    host: string;
    pid: number;
    roles: readonly string[];
    environment: string;
    uptimeSeconds: number;
    eventLoopLagMs: number;
  };
  /** Of this process; null where it runs no steps. */
  worker: (Pick<WorkerProbe, 'state'> & { slots: number; lastPollAt: Date; lastBeatAt: Date }) | null;
  pool: PoolUsage;
  disk: DiskSpace | null;
  workers: WorkerList | null;
  queue: QueueDepth | null;
  subscriptions: SubscriptionFigures[] | null;
  registries: Record<string, RegistryHealth> | null;
}

/** Everything that is known of how Tasker stands. */
@Injectable()
export class HealthStatus {
  private readonly queue: Probe<QueueDepth>;

  constructor(
    private readonly readiness: Readiness,
    private readonly databaseIndicator: DatabaseIndicator,
    private readonly eventLoop: EventLoopIndicator,
    private readonly registries: RegistriesIndicator,
    private readonly disk: DiskIndicator,
    private readonly workers: WorkersIndicator,
    private readonly subscriptions: SubscriptionsIndicator,
    private readonly alerts: AlertsIndicator,
    database: Database,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
    @Optional() @Inject(WORKER_STATUS) private readonly worker: WorkerProbe | null,
  ) {
    const store = new ClusterStore(database);
    this.queue = new Probe(() => store.queue(), { freshMs: FRESH_MS });
  }

  async report(): Promise<HealthReport> {
    const [{ ready, checks: own }, cluster, disk, workers, queue, subscriptions, registries] = await Promise.all([
      this.readiness.check(),
      checkAll([this.workers, this.subscriptions, this.alerts]),
      known(this.disk.space()),
      known(this.workers.list()),
      known(this.queue.answer()),
      known(this.subscriptions.figures()),
      known(this.registries.healths()),
    ]);
    const checks = { ...own, ...cluster };
    const well = Object.values(checks).every(({ status }) => status === 'up');
    return {
      status: !ready ? 'unhealthy' : well ? 'healthy' : 'degraded',
      checkedAt: new Date(),
      checks,
      process: this.describe(),
      worker: this.ownWorker(),
      pool: this.databaseIndicator.usage(),
      disk,
      workers,
      queue,
      subscriptions,
      registries,
    };
  }

  private describe(): HealthReport['process'] {
    const { roles, environment, worker } = this.config;
    return {
      version: RELEASE,
      node: process.versions.node,
      name: worker.name,
      host: hostname(),
      pid: process.pid,
      roles,
      environment,
      uptimeSeconds: Math.floor(process.uptime()),
      eventLoopLagMs: this.eventLoop.lagMs(),
    };
  }

  private ownWorker(): HealthReport['worker'] {
    if (!this.worker) return null;
    const { state, lastPollAt, lastBeatAt } = this.worker;
    const { slots } = this.config.worker;
    return { state, slots, lastPollAt: new Date(lastPollAt), lastBeatAt: new Date(lastBeatAt) };
  }
}

const known = <T>(answer: Promise<T>): Promise<T | null> => answer.catch(() => null);
