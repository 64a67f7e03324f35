import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Database } from '../persistence/database.js';
import { MIGRATIONS } from '../persistence/migrations/migrations.js';
import { Probe, Unhealthy } from './probe.js';

/** Whether the schema is this release's: nothing pending, nothing newer. */
@Injectable()
export class MigrationsIndicator {
  private readonly probe: Probe;

  constructor(
    indicators: HealthIndicatorService,
    private readonly database: Database,
  ) {
    this.probe = new Probe('migrations', indicators, () => this.compare());
  }

  check(): Promise<HealthIndicatorResult> {
    return this.probe.check();
  }

  private async compare(): Promise<string> {
    const rows: { name: string }[] = await this.database.dataSource.query(
      `select name from ${this.database.name('migration')}`,
    );
    const applied = new Set(rows.map(({ name }) => name));
    const known = new Set(MIGRATIONS.map(({ name }) => name));
    const pending = [...known].filter((name) => !applied.has(name));
    const newer = [...applied].filter((name) => !known.has(name));
    if (pending.length > 0) throw new Unhealthy(`pending: ${pending.join(', ')}`);
    if (newer.length > 0) throw new Unhealthy(`applied by a newer release: ${newer.join(', ')}`);
    return `${known.size} applied, none pending`;
  }
}
