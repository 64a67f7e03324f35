import { NIL } from '../../support/run-history.js';
import { contradictions, gatherEvidence, type Evidence } from '../evidence.js';
import type { Arena } from './arena.js';
import { BOOKING, endOf } from './load-templates.js';

const SETTLED_MS = 180_000;
const TOLD_MS = 30_000;
/** A task's time is told by the caller's clock, and kept by the server's. */
const CLOCK_SLACK_MS = 50;

/** What was found of the tasks up to one. */
export interface Account {
  tasks: number;
  steps: number;
  refused: number;
  violations: string[];
}

/** Brings the arena to rest, and holds what happened since the last time against what Tasker promises. */
export class Verdict {
  /** Tasks up to this one have been looked at. */
  private upto = NIL;
  private readonly seen = { rows: 0, executions: 0, crashes: 0, pulse: 0, load: 0 };

  constructor(private readonly arena: Arena) {}

  /** @throws Error if it does not come to rest, or the database cannot be read */
  async reach(): Promise<Account> {
    const { arena } = this;
    await arena.load.pause();
    for (const place of arena.places) place.lookAfter();
    await Promise.all(arena.places.map((place) => place.fill()));
    await arena.stage.untilSettled(SETTLED_MS);
    await arena.load.waitersTold(TOLD_MS);
    const violations = await this.late();
    const evidence = await this.evidence(violations);
    if (evidence) violations.push(...this.contradictions(evidence), ...(await this.effects()));
    violations.push(
      ...arena.pulse.problems.slice(this.seen.pulse),
      ...arena.load.problems.slice(this.seen.load),
      ...arena.places.flatMap(({ complaints }) => complaints.splice(0)),
    );
    const tasks = evidence?.history.tasks ?? [];
    const account = {
      tasks: tasks.length,
      steps: tasks.reduce((sum, { steps }) => sum + steps.length, 0),
      refused: evidence?.refused.length ?? 0,
      violations,
    };
    await this.turnPage(tasks.at(-1)?.id);
    return account;
  }

  private async evidence(violations: string[]): Promise<Evidence | null> {
    try {
      return await gatherEvidence(this.arena.stage, this.upto);
    } catch (error) {
      violations.push((error as Error).message);
      return null;
    }
  }

  private contradictions(evidence: Evidence): string[] {
    const { arena } = this;
    const found = contradictions(evidence, { lostClaims: arena.crashes > this.seen.crashes });
    const created = new Set(evidence.history.tasks.map(({ id }) => id));
    for (const [id, { name }] of arena.load.orders) {
      if (id > this.upto && !created.has(id)) found.push(`${name} ${id} was created, and is not there`);
    }
    for (const { id, name, state, steps } of evidence.history.tasks) {
      const order = arena.load.orders.get(id);
      if (!order) found.push(`${name} ${id} is there, and nobody was told that it was created`);
      if (state !== endOf(name)) found.push(`${name} ${id} is ${state}, not ${endOf(name)}`);
      const runAt = order?.runAt?.getTime() ?? 0;
      const early = steps
        .flatMap(({ moves }) => moves)
        .find(({ to, atMs }) => to === 'in_progress' && atMs < runAt - CLOCK_SLACK_MS);
      if (early) found.push(`${name} ${id} began ${runAt - early.atMs} ms too soon`);
    }
    return found;
  }

  /** What a step writes in the transaction that completes it is there once, and under the attempt that was accepted. */
  private async effects(): Promise<string[]> {
    const rows = await this.arena.stage.query<{ id: string; step: string; rows: number }>(
      `select s.task_id as id, ts.name as step, count(e.attempt)::int as rows
       from tasker.step s
       join tasker.template p on p.id = s.template_id and p.name = any ($2)
       join tasker.template_step ts on ts.template_id = s.template_id and ts.step_no = s.step_no
       left join public.effect e on e.task_id = s.task_id and e.step = ts.name
       where s.task_id > $1
       group by s.task_id, ts.name, s.attempt
       having count(e.attempt) <> 1 or max(e.attempt) <> s.attempt`,
      [this.upto, BOOKING],
    );
    return rows.map(
      ({ id, step, rows: count }) =>
        `step "${step}" of task ${id} has written ${count} rows, or not in its last attempt`,
    );
  }

  /** Tasks that had settled before have stayed so: nothing but late results came to their audit, and no handler ran. */
  private async late(): Promise<string[]> {
    const { rows, executions } = await this.counts(this.upto);
    const late: string[] = [];
    if (rows !== this.seen.rows) late.push(`${rows - this.seen.rows} moves of tasks that had settled before`);
    if (executions !== this.seen.executions)
      late.push(`${executions - this.seen.executions} executions in tasks that had settled before`);
    return late;
  }

  private async turnPage(last = this.upto): Promise<void> {
    const { arena } = this;
    this.upto = last;
    Object.assign(this.seen, await this.counts(last), {
      crashes: arena.crashes,
      pulse: arena.pulse.problems.length,
      load: arena.load.problems.length,
    });
    // what has been looked at is not looked at again
    for (const id of arena.load.orders.keys()) if (id <= last) arena.load.orders.delete(id);
    await arena.stage.query('select tasker.summarize_audit()');
  }

  private async counts(upto: string): Promise<{ rows: number; executions: number }> {
    const [row] = await this.arena.stage.query<{ rows: number }>(
      `select count(*)::int as rows from tasker.transition where task_id <= $1 and cause <> 'refused'`,
      [upto],
    );
    return { rows: row!.rows, executions: await this.arena.stage.countExecutions(upto) };
  }
}
