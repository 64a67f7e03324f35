import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Database } from '../persistence/database.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

/** The connections of this process. */
export interface PoolUsage {
  most: number;
  open: number;
  in_use: number;
  /** Requests that wait for a connection. */
  waiting: number;
}

/** Whether PostgreSQL answers, over the connections that the work takes. */
@Injectable()
export class DatabaseIndicator implements HealthIndicator {
  readonly name = 'database';
  private readonly probe: Probe<void>;

  constructor(private readonly database: Database) {
    this.probe = new Probe(() => database.ping());
  }

  async check(): Promise<CheckResult> {
    const result = await this.probe.check(() => ({ status: 'up', detail: '' }));
    return result.status === 'up' ? { ...result, detail: `answered in ${Math.ceil(result.latencyMs)} ms` } : result;
  }

  usage(): PoolUsage {
    const { master } = this.database.dataSource.driver as unknown as { master: Pool };
    return {
      most: master.options.max,
      open: master.totalCount,
      in_use: master.totalCount - master.idleCount,
      waiting: master.waitingCount,
    };
  }
}
