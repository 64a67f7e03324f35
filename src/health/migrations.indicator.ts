import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import { migrationState, type MigrationState } from '../persistence/migration-state.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

/** Whether the schema has all that this release needs. What a newer one has added during a rolling deploy does no harm. */
@Injectable()
export class MigrationsIndicator implements HealthIndicator {
  readonly name = 'migrations';
  private readonly probe: Probe<MigrationState>;

  constructor(database: Database) {
    this.probe = new Probe(() => migrationState(database.dataSource.manager, database.name('migration')));
  }

  check(): Promise<CheckResult> {
    return this.probe.check(({ applied, pending, newer }) => {
      if (pending.length > 0) return { status: 'down', detail: `pending: ${pending.join(', ')}` };
      if (newer.length > 0) return { status: 'up', detail: `${newer.length} applied by a newer release` };
      return { status: 'up', detail: `${applied.length} applied, none pending` };
    });
  }
}
