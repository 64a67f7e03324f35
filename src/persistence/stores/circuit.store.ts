import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { moment } from '../../core/clock.js';
import type { CircuitState } from '../../core/circuit.js';
import { Database } from '../database.js';
import { readAdvance, type AdvanceRow } from './advance-rows.js';
import type { Advance, AttemptKey } from './attempts.js';

/** A system that has failed lately. */
export interface Circuit {
  system: string;
  state: CircuitState;
  /** In a row, over all workers. */
  failures: number;
  /** Milliseconds until one step may try the system, where its circuit is not closed; null while one does. */
  dueInMs: number | null;
}

/** What a worker has seen of a system since it last said so. */
export interface HealthReport {
  system: string;
  /** It answered well before these failures. */
  recovered: boolean;
  failures: number;
  /** So many in a row open the circuit, */
  threshold: number;
  /** for this long. */
  resetMs: number;
  /** Code, else class, of the last failure. */
  errorCode: string | null;
}

/** The circuits of dependent systems, which all workers share. */
@Injectable()
export class CircuitStore {
  constructor(private readonly database: Database) {}

  async list(): Promise<Circuit[]> {
    const rows = await this.database.call<CircuitRow>('list_circuits', []);
    return rows.map((row) => ({
      system: row.dependent_system,
      state: row.state,
      failures: row.failures,
      dueInMs: row.due_ms,
    }));
  }

  /** @returns what it has changed; null where there was nothing to change */
  async report(report: HealthReport): Promise<{ failures: number; opened: boolean } | null> {
    const { system, recovered, failures, threshold, resetMs, errorCode } = report;
    const [row] = await this.database.call<{ failures: number; opened: boolean }>('report_circuit', [
      system,
      recovered,
      failures,
      threshold,
      resetMs,
      errorCode,
    ]);
    return row ?? null;
  }

  /** Claims the one step that tries a system, on a lane's own connection; nothing where no try is due, or no step waits. */
  async probe(client: PoolClient, workerId: number, system: string, handlerIds: readonly number[]): Promise<Advance> {
    const asked = moment();
    const { rows } = await client.query<AdvanceRow>({
      text: this.database.statement('probe_circuit', 3),
      rowMode: 'array',
      values: [workerId, system, `{${handlerIds.join(',')}}`],
    } as never);
    return readAdvance(rows, asked);
  }

  /**
   * Says how a try has ended.
   *
   * @param well - null where nothing became known of the system
   * @param longestMs - for longer than this it is not left alone
   * @returns what is so now; null where this attempt was not the one that tried
   */
  async settleProbe(
    system: string,
    { taskId, stepNo, attempt }: AttemptKey,
    well: boolean | null,
    longestMs: number,
    errorCode: string | null,
  ): Promise<{ failures: number; resetMs: number } | null> {
    const [row] = await this.database.call<{ failures: number; reset_ms: string }>('settle_probe', [
      system,
      taskId,
      stepNo,
      attempt,
      well,
      longestMs,
      errorCode,
    ]);
    return row ? { failures: row.failures, resetMs: Number(row.reset_ms) } : null;
  }

  /** Says which circuit the steps of handlers wait for, for those who show why they do. */
  async guard(handlers: readonly { id: number; circuit: string | null }[]): Promise<void> {
    if (handlers.length === 0) return;
    const sql = `update ${this.database.name('handler')} h set circuit = g.circuit
      from unnest($1::int[], $2::text[]) g (id, circuit)
      where h.id = g.id and h.circuit is distinct from g.circuit`;
    await this.database.dataSource.query(sql, [handlers.map(({ id }) => id), handlers.map(({ circuit }) => circuit)]);
  }
}

interface CircuitRow {
  dependent_system: string;
  state: CircuitState;
  failures: number;
  due_ms: number | null;
}
