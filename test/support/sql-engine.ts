import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { IdSource, contentHash } from '../../src/core/identity.js';
import { graphOf, sinksOf } from '../../src/core/graph.js';
import { createTestDatabase, type TestDatabase } from './database.js';

/** An attempt, as the functions name it. */
export interface Key {
  task_id: string;
  step_no: number;
  attempt: number;
}

export interface TemplateRules {
  retryLimit?: number;
  skippable?: boolean;
  timeoutMs?: number;
  stopOnFirstFailure?: boolean;
  maxDurationMs?: number;
  /** @default 'work' */
  handler?: string | ((step: number) => string);
  /** The system that the steps depend on. */
  system?: string;
  limits?: Limits;
  /** Of which this is another version. @default a name of its own */
  name?: string;
  version?: string;
}

export interface Limits {
  max_tasks?: number;
  max_steps?: number;
  max_task_steps?: number;
  queue_size?: number;
}

export interface TaskRules {
  priority?: number;
  runAt?: Date | null;
  key?: string;
  requestHash?: string;
  bypass?: number[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests know what they select
export type Row = Record<string, any>;

/** Tasker's database without Tasker: its functions are called by hand. */
export class SqlEngine {
  private readonly ids = new IdSource();
  private readonly clients: Client[] = [];
  private watcher: Client | null = null;

  private constructor(
    readonly url: string,
    readonly db: Client,
    private readonly own: TestDatabase | null,
  ) {}

  static async start(): Promise<SqlEngine> {
    const database = await createTestDatabase();
    return new SqlEngine(database.url, await connect(database.url), database);
  }

  /** On the database of another, which is not dropped. */
  static async beside({ url }: { url: string }): Promise<SqlEngine> {
    return new SqlEngine(url, await connect(url), null);
  }

  async stop(): Promise<void> {
    await Promise.all([this.db, ...this.clients].map((client) => client.end()));
    await this.own?.drop();
  }

  /** Another connection, for what happens at the same time. */
  async connect(): Promise<Client> {
    const client = await connect(this.url);
    this.clients.push(client);
    return client;
  }

  async rows<R = Row>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.db.query(sql, values)).rows as R[];
  }

  /** @param parents - of each step, by their numbers */
  async template(parents: number[][], rules: TemplateRules = {}): Promise<number> {
    const { retryLimit = 3, skippable = false, timeoutMs = 300_000, handler = 'work' } = rules;
    const sinks = sinksOf(graphOf(parents));
    const steps = parents.map((list, stepNo) => ({
      step_no: stepNo,
      name: `s${stepNo}`,
      handler: typeof handler === 'string' ? handler : handler(stepNo),
      dependent_system: rules.system ?? null,
      parents: list,
      is_sink: sinks.includes(stepNo),
      retry_limit: retryLimit,
      timeout_ms: timeoutMs,
      skippable,
    }));
    const [row] = await this.rows<{ id: number }>(
      'select id from store_template($1, $2, $3, $4, $5, $6, $7, $8, false, $9)',
      [
        'test',
        rules.name ?? this.ids.next(),
        rules.version ?? '1.0.0',
        contentHash(steps),
        '{}',
        rules.stopOnFirstFailure ?? false,
        rules.maxDurationMs ?? null,
        JSON.stringify(steps),
        rules.limits ? JSON.stringify(rules.limits) : null,
      ],
    );
    return row!.id;
  }

  /** Ids of new tasks, oldest first. */
  async tasks(templateId: number, count = 1, rules: TaskRules = {}, db = this.db): Promise<string[]> {
    const ids = Array.from({ length: count }, () => this.ids.next());
    await db.query('select * from create_tasks($1, $2)', [
      JSON.stringify(ids.map((id) => this.request(id, templateId, rules))),
      rules.key !== undefined,
    ]);
    return ids;
  }

  /** How many steps have become claimable. */
  async admit(taskIds: string[], db = this.db): Promise<number> {
    const { rows } = await db.query<{ admitted: number }>('select admit_steps($1) as admitted', [taskIds]);
    return rows[0]!.admitted;
  }

  async task(templateId: number, rules: TaskRules = {}): Promise<string> {
    return (await this.tasks(templateId, 1, rules))[0]!;
  }

  request(
    id: string,
    templateId: number,
    { priority = 0, runAt = null, key, requestHash, bypass }: TaskRules = {},
  ): object {
    return {
      id,
      template_id: templateId,
      context: {},
      priority,
      run_at: runAt,
      initiator: 'test',
      reason: 'to see',
      source_system: 'jest',
      tags: [],
      correlation_id: 'c',
      traceparent: null,
      idempotency_key: key ?? null,
      request_hash: requestHash ?? (key === undefined ? null : 'hash'),
      bypass: bypass ?? null,
    };
  }

  /** A connection that no test keeps waiting. */
  private async asker(): Promise<Client> {
    return (this.watcher ??= await this.connect());
  }

  newId(): string {
    return this.ids.next();
  }

  async worker(name = 'hand'): Promise<SqlWorker> {
    const [row] = await this.rows<{ id: number }>('select register_worker($1, $2, 1, 10) as id', [name, 'host']);
    return new SqlWorker(row!.id, this.db);
  }

  /** The worker has last been heard of this long ago. */
  async silence(worker: SqlWorker, ms: number): Promise<void> {
    await this.rows(`update worker set seen_at = now() - $2 * interval '1 ms' where id = $1`, [worker.id, ms]);
  }

  async step(taskId: string, stepNo = 0): Promise<Row> {
    return (await this.rows('select * from step where task_id = $1 and step_no = $2', [taskId, stepNo]))[0]!;
  }

  async states(taskId: string): Promise<string[]> {
    const rows = await this.rows<{ state: string }>('select state from step where task_id = $1 order by step_no', [
      taskId,
    ]);
    return rows.map(({ state }) => state);
  }

  async taskState(taskId: string): Promise<string> {
    return (await this.rows('select state from task where id = $1', [taskId]))[0]!.state as string;
  }

  /** Resolves once some connection to this database waits for a lock. */
  async blocked(): Promise<void> {
    const asker = await this.asker();
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    for (const deadline = Date.now() + 5_000; ; await delay(1)) {
      if ((await asker.query(waiting)).rows.length > 0) return;
      if (Date.now() > deadline) throw new Error('nobody waits for a lock');
    }
  }

  /** Causes in the audit of a step (or of the task: -1), by attempt and time. */
  async causes(taskId: string, stepNo: number): Promise<string[]> {
    const rows = await this.rows<{ cause: string }>(
      'select cause from transition where task_id = $1 and step_no = $2 order by attempt, at, cause',
      [taskId, stepNo],
    );
    return rows.map(({ cause }) => cause);
  }
}

export interface Advanced {
  accepted: number;
  claimed: Key[];
  handedOff: Key[];
  settled: Row[];
  started: string[];
  /** Tasks with limited steps that have come due. */
  queued: string[];
  leftReady: boolean;
  live: boolean;
}

/** A worker whose every move a test makes by hand, on the connection of its choice. */
export class SqlWorker {
  constructor(
    readonly id: number,
    readonly db: Client,
  ) {}

  on(db: Client): SqlWorker {
    return new SqlWorker(this.id, db);
  }

  async claim(want = 1_000, handlers?: number[]): Promise<Key[]> {
    return (await this.advance([], { want, handlers })).claimed;
  }

  complete(keys: Key[], rest: { handoff?: number; want?: number; results?: unknown[] } = {}): Promise<Advanced> {
    return this.advance(keys, rest);
  }

  /** Settles attempts and asks for steps, in one call. */
  async advance(
    keys: Key[],
    {
      handoff = 0,
      want = 0,
      handlers,
      results,
      to = 'complete',
      cause = 'succeeded',
    }: { handoff?: number; want?: number; handlers?: number[]; results?: unknown[]; to?: string; cause?: string } = {},
  ): Promise<Advanced> {
    const known = handlers ?? (await this.db.query('select id from handler')).rows.map(({ id }) => id as number);
    const rows = (
      await this.db.query('select * from advance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
        this.id,
        known,
        ...arrays(keys),
        JSON.stringify(results ?? keys.map(() => null)),
        to,
        cause,
        handoff,
        want,
      ])
    ).rows as Row[];
    const of = (kind: number): Row[] => rows.filter((row) => row.kind === kind);
    const keysOf = (kind: number): Key[] =>
      of(kind).map(({ task_id, step_no, attempt }) => ({ task_id, step_no, attempt }));
    return {
      accepted: of(1)[0]!.attempt as number,
      claimed: keysOf(3),
      handedOff: keysOf(2),
      settled: of(4),
      started: of(6).map(({ task_id }) => task_id as string),
      queued: of(10).map(({ task_id }) => task_id as string),
      leftReady: of(8).length > 0,
      live: of(5).length === 0,
    };
  }

  /** @param delayMs - null for no further attempt */
  async fail(keys: Key[], delayMs: number | null = null, cause = 'failed'): Promise<Row[]> {
    const items = keys.map(({ task_id, step_no, attempt }) => ({
      t: task_id,
      n: step_no,
      a: attempt,
      cause,
      delay_ms: delayMs,
      error: { message: 'no' },
    }));
    return (await this.db.query('select * from fail_attempts($1, $2)', [this.id, JSON.stringify(items)])).rows as Row[];
  }

  async release(keys: Key[], reason: string | null = null): Promise<Key[]> {
    const values = [this.id, ...arrays(keys), reason];
    return (await this.db.query('select * from release_attempts($1, $2, $3, $4, $5)', values)).rows;
  }

  async releaseOrphans(known: Key[]): Promise<Key[]> {
    return (await this.db.query('select * from release_orphans($1, $2, $3, $4)', [this.id, ...arrays(known)])).rows;
  }

  async refuse(keys: Key[], details: unknown[], cause = 'succeeded'): Promise<Key[]> {
    const values = [this.id, ...arrays(keys), JSON.stringify(details), cause];
    return (await this.db.query('select * from refuse_results($1, $2, $3, $4, $5, $6)', values)).rows;
  }

  async stale(keys: Key[]): Promise<Key[]> {
    return (await this.db.query('select * from stale_attempts($1, $2, $3, $4)', [this.id, ...arrays(keys)])).rows;
  }
}

const arrays = (keys: Key[]): unknown[] => [
  keys.map(({ task_id }) => task_id),
  keys.map(({ step_no }) => step_no),
  keys.map(({ attempt }) => attempt),
];

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query('set search_path to tasker');
  return client;
}

/** An engine for all tests of a file. */
export function sqlEngine(): { readonly engine: SqlEngine } {
  let engine: SqlEngine | undefined;
  beforeAll(async () => {
    engine = await SqlEngine.start();
  });
  afterAll(async () => {
    await engine?.stop();
  });
  return {
    get engine() {
      return engine!;
    },
  };
}
