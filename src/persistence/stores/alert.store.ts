import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database.js';
import type {
  AlertDeclaration,
  AlertEventName,
  AlertEventRow,
  AlertStatus,
  AlertTurn,
  BacklogScope,
  FoundAlert,
  MetricSum,
  StoredAlert,
} from './alerts.js';

/** Alerts: whose turn it is to evaluate them, how they stand, and what was told of them. */
@Injectable()
export class AlertStore {
  constructor(private readonly database: Database) {}

  /** @returns those of the alerts whose turn it is in this process, for so long or until they are settled */
  async take(alerts: readonly AlertDeclaration[], turnMs: number): Promise<AlertTurn[]> {
    return (await this.database.call<TurnRow>('take_alerts', [JSON.stringify(alerts), turnMs])).map(readTurn);
  }

  /**
   * Moves alerts on by what was found of them, and leaves the next turn to whoever comes after so long.
   *
   * @returns what is to be told of that: this process alone has it to tell
   */
  async settle(found: readonly FoundAlert[], restMs: number): Promise<AlertEventRow[]> {
    return (await this.database.call<EventRow>('settle_alerts', [JSON.stringify(found), restMs])).map(readEvent);
  }

  /** @returns alerts that no process has looked after for so long, whose turn it is in this one */
  async forsaken(afterMs: number, turnMs: number): Promise<AlertTurn[]> {
    return (await this.database.call<TurnRow>('forsaken_alerts', [afterMs, turnMs])).map(readTurn);
  }

  /** Alerts that have ended are no more. */
  async forget(turns: readonly AlertTurn[]): Promise<void> {
    await this.database.call('forget_alerts', [turns.map(({ id }) => id), turns.map(({ turn }) => turn)]);
  }

  /** Whether there is any alert, declared by whichever process. */
  async any(): Promise<boolean> {
    const sql = `select exists (select from ${this.database.name('alert')}) as any`;
    const [row] = await this.database.dataSource.query<{ any: boolean }[]>(sql);
    return row!.any;
  }

  /** Those that fire first, then by what they are about and their names. */
  async list(): Promise<AlertStatus[]> {
    const rows = await this.database.dataSource.query<StatusRow[]>(
      `select a.* from ${this.database.name('alert')} a
       order by a.state = 'firing' desc, a.namespace nulls first, a.template nulls first, a.name, a.id`,
    );
    return rows.map(readStatus);
  }

  /** What was told of alerts after `after` and up to `upto`. @param alertId - of this one; null for all */
  async events(after: number, upto: number, alertId: string | null): Promise<AlertEventRow[]> {
    return (await this.database.call<EventRow>('alert_rows', [alertId, after, upto])).map(readEvent);
  }

  /**
   * What waits and runs at the moment; durations in seconds.
   *
   * @param wanted - names of these figures: others are null
   */
  async backlog(scope: BacklogScope, wanted: readonly string[]): Promise<Figures> {
    const { namespace, template, step } = scope;
    return this.figures('backlog_figures', [namespace, template, step, wanted]);
  }

  /** How workers, circuits and subscriptions stand. @param windowSeconds - in which lost workers count */
  async system(windowSeconds: number): Promise<Figures> {
    return this.figures('system_figures', [windowSeconds]);
  }

  /** Adds what this process has recorded. */
  async recordMetrics(sums: readonly MetricSum[]): Promise<void> {
    await this.database.call('record_alert_metrics', [JSON.stringify(sums)]);
  }

  /** What all processes have recorded of the metrics of a template; those of which nothing was are missing. */
  async metrics(namespace: string, template: string, windowSeconds: number): Promise<MetricSum[]> {
    const parameters = [namespace, template, windowSeconds];
    const rows = await this.timed((db) =>
      this.database.call<{ metric: string; count: string; sum: number }>('alert_metrics', parameters, db),
    );
    return rows.map(({ metric, count, sum }) => ({ namespace, template, metric, count: Number(count), sum }));
  }

  private async figures(name: string, parameters: unknown[]): Promise<Figures> {
    const [row] = await this.timed((db) =>
      this.database.call<Record<string, string | number | null>>(name, parameters, db),
    );
    return Object.fromEntries(
      Object.entries(row!).map(([figure, value]) => [figure, value === null ? null : Number(value)]),
    );
  }

  /** Asks for figures. A query that takes too long is ended: another round comes. */
  timed<T>(work: (db: Queryable) => Promise<T>): Promise<T> {
    return this.database.dataSource.transaction(async (db) => {
      await db.query(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
      return work(db);
    });
  }
}

export type Figures = Record<string, number | null>;

const STATEMENT_TIMEOUT_MS = 5_000;

/** int8 comes as text. */
interface TurnRow {
  id: string;
  turn: string;
}

interface EventRow {
  audit_no: string;
  name: AlertEventName;
  at: Date;
  alert_id: string;
  incident_id: string;
  fired_at: Date;
  reason: AlertEventRow['reason'];
  definition: StoredAlert;
  figures: AlertEventRow['figures'];
}

interface StatusRow extends Pick<AlertStatus, 'id' | 'namespace' | 'template' | 'name' | 'severity' | 'definition'> {
  state: AlertStatus['state'];
  state_since: Date;
  fired_count: number;
  last_fired_at: Date | null;
  last_resolved_at: Date | null;
  evaluated_at: Date | null;
  figures: AlertStatus['figures'];
  holds: boolean | null;
  error: string | null;
}

const readTurn = ({ id, turn }: TurnRow): AlertTurn => ({ id, turn: Number(turn) });

const readEvent = (row: EventRow): AlertEventRow => ({
  auditNo: Number(row.audit_no),
  name: row.name,
  at: row.at,
  alertId: row.alert_id,
  incidentId: row.incident_id,
  firedAt: row.fired_at,
  reason: row.reason,
  definition: row.definition,
  figures: row.figures ?? {},
});

const readStatus = (row: StatusRow): AlertStatus => ({
  id: row.id,
  namespace: row.namespace,
  template: row.template,
  name: row.name,
  severity: row.severity,
  definition: row.definition,
  state: row.state,
  stateSince: row.state_since,
  firedCount: row.fired_count,
  lastFiredAt: row.last_fired_at,
  lastResolvedAt: row.last_resolved_at,
  evaluatedAt: row.evaluated_at,
  figures: row.figures,
  holds: row.holds,
  error: row.error,
});
