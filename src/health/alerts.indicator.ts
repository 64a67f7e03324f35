import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { Database } from '../persistence/database.js';
import { AlertStore } from '../persistence/stores/alert.store.js';
import type { AlertStatus } from '../persistence/stores/alerts.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

const FRESH_MS = 1_000;
/** Looks that may be missed before an alert counts as not looked after. */
const MISSED = 4;

/** Whether alerts are looked after, in whatever process: one that cannot be evaluated does not fire. */
@Injectable()
export class AlertsIndicator implements HealthIndicator {
  readonly name = 'alerts';
  private readonly probe: Probe<AlertStatus[]>;
  private readonly lateMs: number;

  constructor(database: Database, @Inject(TASKER_CONFIG) { alerts }: Pick<TaskerConfig, 'alerts'>) {
    const store = new AlertStore(database);
    this.lateMs = MISSED * alerts.everyMs;
    this.probe = new Probe(() => store.list(), { freshMs: FRESH_MS });
  }

  /** Null where no alert is declared. */
  async check(): Promise<CheckResult | null> {
    let declared = 0;
    const result = await this.probe.check((all) => {
      const enabled = all.filter(({ definition }) => definition.enabled);
      declared = all.length;
      const broken = enabled.filter(({ error }) => error !== null);
      const late = enabled.filter(({ evaluatedAt, stateSince }) => this.isLate(evaluatedAt ?? stateSince));
      const problems = [
        ...broken.map(({ name, error }) => `${name}: ${error}`),
        ...(late.length > 0 ? [`${late.length} of ${enabled.length} are not looked after`] : []),
      ];
      if (problems.length > 0) return { status: 'degraded', detail: problems.join(' ') };
      const firing = all.filter(({ state }) => state === 'firing').length;
      return { status: 'up', detail: `${enabled.length} looked after, ${firing} firing` };
    });
    return declared === 0 && result.status === 'up' ? null : result;
  }

  private isLate(lookedAt: Date): boolean {
    return Date.now() - lookedAt.getTime() > this.lateMs;
  }
}
