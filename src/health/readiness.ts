import { Injectable, ServiceUnavailableException, type OnModuleDestroy } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import { WorkerIndicator } from './worker.indicator.js';

export interface ReadinessReport {
  ready: boolean;
  checks: Record<string, { status: 'up' | 'down'; detail: string }>;
}

/** Whether this process can do what it is there for. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseIndicator,
    private readonly migrations: MigrationsIndicator,
    private readonly worker: WorkerIndicator,
  ) {}

  /** Turns red as soon as the process is asked to stop, so that nothing new is sent to it. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  async check(): Promise<ReadinessReport> {
    const { status, details } = await this.results();
    const checks = Object.entries(details).map(([name, result]) => {
      const { status: state, detail } = result as { status: 'up' | 'down'; detail?: string };
      return [name, { status: state, detail: detail ?? '' }] as const;
    });
    return { ready: status === 'ok', checks: Object.fromEntries(checks) };
  }

  private async results(): Promise<HealthCheckResult> {
    const shutdown = () =>
      this.stopping ? this.indicators.check('shutdown').down({ detail: 'the process is stopping' }) : {};
    try {
      return await this.health.check([
        () => this.database.check(),
        () => this.migrations.check(),
        () => this.worker.check(),
        shutdown,
      ]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
