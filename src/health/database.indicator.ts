import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import { Probe, type CheckResult } from './probe.js';

/** Whether PostgreSQL answers. */
@Injectable()
export class DatabaseIndicator {
  private readonly probe: Probe;

  constructor(database: Database) {
    this.probe = new Probe(async () => {
      const startedAt = performance.now();
      await database.ping();
      return `answered in ${Math.ceil(performance.now() - startedAt)} ms`;
    });
  }

  check(): Promise<CheckResult> {
    return this.probe.check();
  }
}
