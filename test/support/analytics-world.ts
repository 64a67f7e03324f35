import fc from 'fast-check';
import { isStepVerbLegal, type StepState, type StepVerb, type TaskVerb } from '../../src/core/states.js';
import type { AnalyticsStore } from '../../src/persistence/stores/analytics.store.js';
import { AUDIT_SQL, readFact, type AuditFact } from './analytics-reference.js';
import type { Key, SqlEngine, SqlWorker } from './sql-engine.js';
import { SqlOperator } from './sql-operator.js';

const TABLES = `task, step, transition, custom_event, idempotency_key, template, template_step, template_edge, concurrency,
                rollup_cursor, rollup_totals, rollup_error`;
const ERRORS = [
  { error_class: 'PermanentError', error_code: 'HTTP_404', error_category: 'external_service' },
  { error_class: 'RetryableError', error_code: null, error_category: null },
  { error_class: 'TypeError', error_code: null, error_category: 'bug' },
];

export type Move =
  | { kind: 'create'; template: number; bypass: boolean }
  | { kind: 'claim'; want: number }
  | { kind: 'settle'; how: Settlement; which: number; handoff: number; error: number }
  | { kind: 'lose worker' | 'expire' | 'due' }
  | { kind: 'task verb'; verb: TaskVerb; which: number }
  | { kind: 'step verb'; verb: StepVerb; which: number; step: number }
  /** The roll-ups are brought up to here, whatever comes later. */
  | { kind: 'roll up' }
  | { kind: 'delete'; which: number };

const SETTLEMENTS = ['complete', 'fail', 'retry', 'time out', 'skip', 'release', 'refused'] as const;
type Settlement = (typeof SETTLEMENTS)[number];

const record = <T extends object>(weight: number, shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => ({
  weight,
  arbitrary: fc.record(shape) as unknown as fc.Arbitrary<Move>,
});
const kind = <K extends string>(name: K) => fc.constant(name);
/** What happens next. */
export const randomMove: fc.Arbitrary<Move> = fc.oneof(
  record(3, { kind: kind('create'), template: fc.nat(2), bypass: fc.nat(4).map((n) => n === 4) }),
  record(6, { kind: kind('claim'), want: fc.integer({ min: 1, max: 4 }) }),
  record(14, {
    kind: kind('settle'),
    how: fc.constantFrom(...SETTLEMENTS, 'complete', 'complete', 'complete', 'retry'),
    which: fc.nat(9),
    handoff: fc.nat(2),
    error: fc.nat(2),
  }),
  record(2, { kind: fc.constantFrom('lose worker', 'expire', 'due', 'due', 'due') }),
  record(2, {
    kind: kind('task verb'),
    verb: fc.constantFrom<TaskVerb>('retry', 'retry', 'pause', 'resume', 'resolve', 'cancel', 'update'),
    which: fc.nat(5),
  }),
  record(3, {
    kind: kind('step verb'),
    verb: fc.constantFrom<StepVerb>('retry', 'retry', 'resolve', 'complete', 'skip', 'cancel'),
    which: fc.nat(5),
    step: fc.nat(3),
  }),
  record(2, { kind: kind('roll up') }),
  record(1, { kind: kind('delete'), which: fc.nat(5) }),
);

/** Tasks of three templates, whose audit is rolled up and deleted piece by piece as it comes about. */
export class World {
  private readonly tasks: string[] = [];
  private readonly gone: AuditFact[] = [];
  /** Where the next row whose time has not been set begins. */
  private timed = 0;
  private start: number | null = null;

  private constructor(
    private readonly engine: SqlEngine,
    private readonly store: AnalyticsStore,
    private readonly operator: SqlOperator,
    private readonly templates: number[],
    private worker: SqlWorker,
  ) {}

  static async begin(engine: SqlEngine, store: AnalyticsStore): Promise<World> {
    await engine.rows(`truncate ${TABLES} cascade`);
    const rules = { maxDurationMs: 3_600_000 };
    const templates = [
      await engine.template([[], [0], [0], [1, 2]], rules),
      await engine.template([[], []], { ...rules, skippable: true, name: 'twice' }),
      // another definition of the same template
      await engine.template([[], [0]], { ...rules, name: 'twice' }),
    ];
    return new World(engine, store, SqlOperator.of(engine), templates, await engine.worker());
  }

  async make(each: Move, pace: number): Promise<void> {
    const { engine } = this;
    if (each.kind === 'create') {
      const bypass = each.bypass ? [0] : undefined;
      this.tasks.push(await engine.task(this.templates[each.template]!, { bypass }));
    }
    if (each.kind === 'claim') await this.worker.claim(each.want);
    if (each.kind === 'settle') await this.settle(each);
    if (each.kind === 'lose worker') {
      await engine.silence(this.worker, 60_000);
      await engine.rows(`select * from rescue_workers(1, 3, 'gone')`);
      this.worker = await engine.worker();
    }
    if (each.kind === 'expire') {
      await engine.rows(
        `update task set deadline_at = now() - interval '1 s' where id = $1 and deadline_at is not null`,
        [this.tasks[0]],
      );
      await engine.rows(`select * from expire_tasks('{"message":"late","error_class":"TaskExpired"}')`);
    }
    if (each.kind === 'due') {
      await engine.rows('update step set due_at = now() where due_at is not null');
      await engine.rows('select * from promote_due_steps()');
    }
    if (each.kind === 'task verb') {
      const task = this.tasks[each.which % Math.max(1, this.tasks.length)];
      if (task) await this.operator.task(each.verb, task);
    }
    if (each.kind === 'step verb') await this.stepVerb(each);
    if (each.kind === 'roll up') {
      await this.retime(pace);
      const [row] = await engine.rows<{ last: string | null }>('select max(audit_no) as last from transition');
      if (row!.last !== null) await this.store.rollUp(Number(row!.last), 1_000);
    }
    if (each.kind === 'delete') {
      await this.retime(pace);
      const task = this.tasks.splice(each.which % Math.max(1, this.tasks.length), 1)[0];
      if (!task) return;
      this.gone.push(...(await this.audit(task)));
      await engine.rows('select * from delete_tasks($1)', [[task]]);
    }
  }

  /** Of all tasks that there ever were. */
  async audit(task: string | null = null): Promise<AuditFact[]> {
    const rows = await this.engine.rows(`${AUDIT_SQL} where $1::uuid is null or x.task_id = $1`, [task]);
    return task === null ? [...this.gone, ...rows.map(readFact)] : rows.map(readFact);
  }

  /** Lets time pass between the rows of the audit: those of a history are all of the same second. */
  async retime(pace: number): Promise<void> {
    const { engine } = this;
    const [row] = await engine.rows<{ first: string | null; last: string | null }>(
      'select min(audit_no) as first, max(audit_no) as last from transition',
    );
    if (row!.last === null) return;
    this.start ??= Number(row!.first);
    await engine.rows(
      `update transition x
       set at = now() - $4::float8 * interval '1 day' + (x.audit_no - $1) * $2::float8 * interval '1 s'
                + abs(hashint8(x.audit_no)) % 900000 * interval '1 us',
           due_at = case when x.due_at is not null then
             now() - $4::float8 * interval '1 day' + (x.audit_no - $1 + 1) * $2::float8 * interval '1 s' end
       where x.audit_no > $3`,
      [this.start, pace, this.timed, pace > 40 ? 20 : 1],
    );
    this.timed = Number(row!.last);
    await engine.rows(
      `update task t set
         created_at = (select x.at from transition x where x.task_id = t.id and x.cause = 'created'),
         started_at = (select x.at from transition x where x.task_id = t.id and x.cause = 'started'),
         run_at = case when abs(hashtext(t.id::text)) % 4 = 0 then
           (select x.at from transition x where x.task_id = t.id and x.cause = 'created') + $1::float8 * interval '1 s' end`,
      [pace],
    );
  }

  private running(): Promise<(Key & { bypassed: boolean })[]> {
    return this.engine.rows(
      `select task_id, step_no, attempt, handler_id = bypass_handler_id() as bypassed
       from step where state = 'in_progress' and worker_id = $1 order by task_id, step_no`,
      [this.worker.id],
    );
  }

  private async settle({ how, which, handoff, error }: Extract<Move, { kind: 'settle' }>): Promise<void> {
    const running = await this.running();
    const key = running[which % Math.max(1, running.length)];
    if (!key) return;
    if (key.bypassed) {
      await this.worker.advance([key], { to: 'skipped', cause: 'bypassed', handoff });
      return;
    }
    const fail = (cause: string, delayMs: number | null) =>
      this.worker.db.query('select * from fail_attempts($1, $2)', [
        this.worker.id,
        JSON.stringify([
          { t: key.task_id, n: key.step_no, a: key.attempt, cause, delay_ms: delayMs, error: ERRORS[error] },
        ]),
      ]);
    if (how === 'complete') await this.worker.complete([key], { handoff });
    if (how === 'fail') await fail('failed', null);
    if (how === 'retry') await fail('failed', 60_000);
    if (how === 'time out') await fail('timed_out', error === 0 ? null : 60_000);
    if (how === 'skip')
      await this.worker.advance([key], { to: 'skipped', cause: 'failed', results: [ERRORS[error]], handoff });
    if (how === 'release') await this.worker.release([key]);
    if (how === 'refused') {
      await this.operator.step('skip', key.task_id, key.step_no);
      await this.worker.refuse([key], [{ results: 1 }]);
    }
  }

  private async stepVerb({ verb, which, step }: Extract<Move, { kind: 'step verb' }>): Promise<void> {
    const task = this.tasks[which % Math.max(1, this.tasks.length)];
    if (!task) return;
    const states = await this.engine.states(task);
    const legal = states.flatMap((state, n) => (isStepVerbLegal(verb, state as StepState) ? [n] : []));
    await this.operator.step(verb, task, legal[step] ?? legal[0] ?? 0);
  }
}
