import { Injectable } from '@nestjs/common';
import { HealthStatus, type HealthReport } from './health-status.js';
import { Readiness } from './readiness.js';

/** As `@nestjs/terminus` takes it from an indicator. */
export type TerminusResult<Key extends string> = Record<
  Key,
  { status: 'up' | 'down'; checks: Record<string, { status: string; detail: string; latency_ms: number }> }
>;

/** Tasker's health, for an application that reports its own. */
@Injectable()
export class TaskerHealth {
  constructor(
    private readonly readiness: Readiness,
    private readonly status: HealthStatus,
  ) {}

  /**
   * An indicator for Terminus: `health.check([() => tasker.isHealthy()])`. Down where `/tasker/health/ready` answers 503.
   * Never rejects.
   *
   * @param key - by which it stands in Terminus' answer
   */
  async isHealthy<Key extends string = 'tasker'>(key: Key = 'tasker' as Key): Promise<TerminusResult<Key>> {
    const { ready, checks } = await this.readiness.check();
    const shown = Object.entries(checks).map(
      ([name, { status, detail, latencyMs }]) => [name, { status, detail, latency_ms: latencyMs }] as const,
    );
    const result = { status: ready ? ('up' as const) : ('down' as const), checks: Object.fromEntries(shown) };
    return { [key]: result } as TerminusResult<Key>;
  }

  /** What `/tasker/health/status` answers. */
  report(): Promise<HealthReport> {
    return this.status.report();
  }
}
