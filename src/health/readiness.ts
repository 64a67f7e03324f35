import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DatabaseIndicator } from './database.indicator.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import type { CheckResult } from './probe.js';
import { WorkerIndicator } from './worker.indicator.js';

export interface ReadinessReport {
  ready: boolean;
  checks: Record<string, CheckResult>;
}

/** Whether this process can do what it is there for. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly database: DatabaseIndicator,
    private readonly migrations: MigrationsIndicator,
    private readonly worker: WorkerIndicator,
  ) {}

  /** Turns red as soon as the process is asked to stop, so that nothing new is sent to it. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  async check(): Promise<ReadinessReport> {
    const [database, migrations] = await Promise.all([this.database.check(), this.migrations.check()]);
    const worker = this.worker.check();
    const checks: ReadinessReport['checks'] = {
      database,
      migrations,
      ...(worker && { worker }),
      ...(this.stopping && { shutdown: { status: 'down', detail: 'the process is stopping' } }),
    };
    return { ready: Object.values(checks).every(({ status }) => status === 'up'), checks };
  }
}
