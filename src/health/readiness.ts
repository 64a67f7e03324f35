import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DatabaseIndicator } from './database.indicator.js';
import { DiskIndicator } from './disk.indicator.js';
import { EventLoopIndicator } from './event-loop.indicator.js';
import type { HealthIndicator } from './health-indicator.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import type { CheckResult } from './probe.js';
import { RegistriesIndicator } from './registries.indicator.js';
import { WorkerIndicator } from './worker.indicator.js';

export interface ReadinessReport {
  ready: boolean;
  /** By name. */
  checks: Record<string, CheckResult>;
}

/** Whether this process can do what it is there for. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly indicators: readonly HealthIndicator[];
  private stopping = false;

  constructor(
    database: DatabaseIndicator,
    migrations: MigrationsIndicator,
    worker: WorkerIndicator,
    eventLoop: EventLoopIndicator,
    registries: RegistriesIndicator,
    disk: DiskIndicator,
  ) {
    this.indicators = [database, migrations, worker, eventLoop, registries, disk];
  }

  /** Turns red as soon as the process is asked to stop, so that nothing new is sent to it. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  async check(): Promise<ReadinessReport> {
    const checks = await checkAll(this.indicators);
    if (this.stopping) checks.shutdown = { status: 'down', detail: 'the process is stopping', latencyMs: 0 };
    return { ready: Object.values(checks).every(({ status }) => status !== 'down'), checks };
  }
}

/** Asks all at once. @returns by name, without what this process does not have */
export async function checkAll(indicators: readonly HealthIndicator[]): Promise<Record<string, CheckResult>> {
  const results = await Promise.all(indicators.map(async (one) => [one.name, await one.check()] as const));
  return Object.fromEntries(results.filter((one): one is [string, CheckResult] => one[1] !== null));
}
