import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import { migrationState } from '../persistence/migration-state.js';
import { Probe, Unhealthy, type CheckResult } from './probe.js';

/** Whether the schema has all that this release needs. What a newer one has added during a rolling deploy does no harm. */
@Injectable()
export class MigrationsIndicator {
  private readonly probe: Probe;

  constructor(private readonly database: Database) {
    this.probe = new Probe(() => this.compare());
  }

  check(): Promise<CheckResult> {
    return this.probe.check();
  }

  private async compare(): Promise<string> {
    const { dataSource } = this.database;
    const { applied, pending, newer } = await migrationState(dataSource.manager, this.database.name('migration'));
    if (pending.length > 0) throw new Unhealthy(`pending: ${pending.join(', ')}`);
    if (newer.length > 0) return `${newer.length} applied by a newer release`;
    return `${applied.length} applied, none pending`;
  }
}
