import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Database } from '../persistence/database.js';
import { Probe } from './probe.js';

/** Whether PostgreSQL answers. */
@Injectable()
export class DatabaseIndicator {
  private readonly probe: Probe;

  constructor(indicators: HealthIndicatorService, database: Database) {
    this.probe = new Probe('database', indicators, async () => {
      const startedAt = performance.now();
      await database.dataSource.query('select 1');
      return `answered in ${Math.ceil(performance.now() - startedAt)} ms`;
    });
  }

  check(): Promise<HealthIndicatorResult> {
    return this.probe.check();
  }
}
