import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { TaskerClient, TaskerModule, type TaskerOptions, type TemplateDefinition } from '../../src/index.js';
import { createTestDatabase, emptyTestDatabase, type TestDatabase } from '../support/database.js';
import { expectInvariants } from '../support/invariants.js';
import { NIL, type RunHistory } from '../support/run-history.js';
import { EXECUTION_TABLE, readExecutions, type Execution } from './executions.js';
import { makeProgram, type Program } from './program.js';
import { Worker } from './worker.js';
import type { WorkerOrders } from './worker-process.js';

const LOOK_MS = 100;
const TASKS_AT_ONCE = 1000;

export interface StageOptions {
  templates: TemplateDefinition[];
  worker?: TaskerOptions['worker'];
  /** @default a database of its own on the server of the Jest run */
  databaseUrl?: string;
}

/** A database, worker processes on it, and what becomes of the tasks that they are given. */
export class Stage {
  readonly workers: Worker[] = [];

  private constructor(
    readonly databaseUrl: string,
    private readonly options: StageOptions,
    private readonly program: Program,
    private readonly databases: TestDatabase[],
    private readonly record: TestDatabase,
  ) {}

  static async open(options: StageOptions): Promise<Stage> {
    const own = options.databaseUrl === undefined ? await createTestDatabase() : null;
    const record = await emptyTestDatabase();
    await query(record.url, EXECUTION_TABLE);
    const databases = own ? [own, record] : [record];
    return new Stage(options.databaseUrl ?? own!.url, options, makeProgram(), databases, record);
  }

  /** Starts a worker process; `ready` of it says when it works. @param orders - what others are not told */
  start(
    worker: TaskerOptions['worker'] = {},
    orders: Partial<Omit<WorkerOrders, 'worker'>> = {},
    preload?: string,
  ): Worker {
    const all: WorkerOrders = {
      databaseUrl: this.databaseUrl,
      recordUrl: this.record.url,
      templates: this.options.templates,
      ...orders,
      worker: { ...this.options.worker, ...worker },
    };
    const started = new Worker(this.program, all, preload);
    this.workers.push(started);
    return started;
  }

  async startReady(count: number, worker?: TaskerOptions['worker']): Promise<Worker[]> {
    const started = Array.from({ length: count }, () => this.start(worker));
    await Promise.all(started.map(({ ready }) => ready));
    return started;
  }

  /** Creates tasks from this process, which runs no steps. */
  async create(name: string, count: number): Promise<void> {
    const app = await this.application();
    try {
      const client = app.get(TaskerClient, { strict: false });
      for (let left = count; left > 0; left -= TASKS_AT_ONCE) {
        const requests = Array.from({ length: Math.min(left, TASKS_AT_ONCE) }, () => ({
          name,
          context: {},
          initiator: 'chaos',
          reason: 'trial',
          sourceSystem: 'test',
        }));
        const answers = await client.createTasks(requests);
        for (const answer of answers) if ('error' in answer) throw answer.error;
      }
    } finally {
      await app.close();
    }
  }

  /** Rows of a statement on a connection of its own. */
  query<Row = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.databaseUrl, sql, values);
  }

  /**
   * Waits until a statement answers true. While the database is away, it does not.
   *
   * @throws Error saying what was waited for, with what the workers have said
   */
  async until(what: string, sql: string, mostMs: number): Promise<void> {
    const deadline = Date.now() + mostMs;
    let last: unknown;
    for (;;) {
      try {
        last = Object.values((await this.query(`select (${sql}) as answer`))[0]!)[0];
        if (last === true) return;
      } catch (error) {
        last = error;
      }
      if (Date.now() > deadline) throw new Error(await this.complaint(what, mostMs, last));
      await delay(LOOK_MS);
    }
  }

  /** Waits until no task is unfinished. */
  untilSettled(mostMs: number): Promise<void> {
    const open = `select from tasker.task where state in ('pending', 'in_progress')`;
    return this.until('all tasks have settled', `not exists (${open})`, mostMs);
  }

  /** @param after - of tasks with higher ids alone */
  executions(after = NIL): Promise<Execution[]> {
    return readExecutions(this.record.url, after);
  }

  /** How many there were in tasks up to this one. */
  async countExecutions(upto: string): Promise<number> {
    const sql = 'select count(*)::int as count from execution where task_id <= $1';
    return (await query<{ count: number }>(this.record.url, sql, [upto]))[0]!.count;
  }

  /** @param after - of tasks with higher ids alone @throws Error listing what does not hold */
  expectInvariants(after?: string): Promise<RunHistory> {
    return expectInvariants(this.databaseUrl, after);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    this.program.remove();
    for (const database of this.databases) await database.drop();
  }

  private application(): Promise<INestApplicationContext> {
    const { templates } = this.options;
    const url = this.databaseUrl;
    const module = TaskerModule.forRoot({
      database: { url, poolSize: 3 },
      templates,
      roles: ['api'],
      http: { enabled: false },
      environment: 'test',
    });
    return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  }

  private async complaint(what: string, mostMs: number, last: unknown): Promise<string> {
    const states = await this.query(
      `select 'tasks' as what, state::text, count(*)::int from tasker.task group by state
       union all select 'steps', state::text, count(*)::int from tasker.step group by state
       union all select 'workers', state, count(*)::int from tasker.worker group by state`,
    ).catch(String);
    const said = this.workers.map(({ pid, exit, output }) => `worker ${pid} ${JSON.stringify(exit)}:\n${tail(output)}`);
    return [`not within ${mostMs} ms: ${what} (last answer: ${String(last)})`, JSON.stringify(states), ...said].join(
      '\n',
    );
  }
}

const tail = (output: string): string => output.slice(-1_500);

async function query<Row>(connectionString: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const db = new Client({ connectionString, application_name: 'chaos stage', connectionTimeoutMillis: 2_000 });
  db.on('error', () => undefined);
  await db.connect();
  try {
    return (await db.query(sql, values)).rows as Row[];
  } finally {
    await db.end().catch(() => undefined);
  }
}
