import { Client } from 'pg';

/** One call of a handler in a worker process. */
export interface Execution {
  id: string;
  taskId: string;
  step: string;
  attempt: number;
  pid: number;
  /** In milliseconds of the wall clock, which all processes share. */
  startedMs: number;
  /** Null if it never came to its end. */
  endedMs: number | null;
}

/** Stands in a database of its own, which no fault touches. */
export const EXECUTION_TABLE = `
  create table execution (
    id uuid primary key, task_id uuid not null, step text not null, attempt int not null, pid int not null,
    started_ms float8 not null, ended_ms float8
  );
  create index on execution (task_id)`;

/** Writes executions, as many in one statement as have gathered while the one before was on its way. */
export class ExecutionWriter {
  private waiting: { execution: Execution; written: () => void; failed: (error: unknown) => void }[] = [];
  private writing = false;

  private constructor(private readonly db: Client) {}

  static async connect(connectionString: string): Promise<ExecutionWriter> {
    const db = new Client({ connectionString, application_name: 'chaos executions' });
    await db.connect();
    return new ExecutionWriter(db);
  }

  /** Resolves once the execution is on record as it is now. */
  write(execution: Execution): Promise<void> {
    return new Promise((written, failed) => {
      this.waiting.push({ execution: { ...execution }, written, failed });
      if (!this.writing) void this.drain();
    });
  }

  close(): Promise<void> {
    return this.db.end();
  }

  private async drain(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0);
      try {
        await this.db.query(
          `insert into execution
           select id, task_id, step, attempt, pid, max(started_ms), max(ended_ms)
           from json_to_recordset($1) as e (id uuid, task_id uuid, step text, attempt int, pid int,
                                            started_ms float8, ended_ms float8)
           group by id, task_id, step, attempt, pid
           on conflict (id) do update set ended_ms = excluded.ended_ms`,
          [JSON.stringify(batch.map(({ execution }) => rowOf(execution)))],
        );
        batch.forEach(({ written }) => written());
      } catch (error) {
        batch.forEach(({ failed }) => failed(error));
      }
    }
    this.writing = false;
  }
}

const rowOf = ({ id, taskId, step, attempt, pid, startedMs, endedMs }: Execution) => ({
  id,
  task_id: taskId,
  step,
  attempt,
  pid,
  started_ms: startedMs,
  ended_ms: endedMs,
});

/** @param after - of tasks with higher ids alone */
export async function readExecutions(connectionString: string, after: string): Promise<Execution[]> {
  const db = new Client({ connectionString });
  await db.connect();
  try {
    const { rows } = await db.query<Execution>(
      `select id, task_id as "taskId", step, attempt, pid, started_ms as "startedMs", ended_ms as "endedMs"
       from execution where task_id > $1 order by started_ms`,
      [after],
    );
    return rows;
  } finally {
    await db.end();
  }
}
