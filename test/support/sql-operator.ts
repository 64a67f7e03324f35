import type { Client } from 'pg';
import type { StepVerb, TaskVerb } from '../../src/core/states.js';
import type { Row, SqlEngine } from './sql-engine.js';

/** What a verb has done, as its function answers it. */
export interface VerbAnswer {
  outcome: 'done' | 'unchanged' | 'refused';
  /** The task's state before and after; null where there is no such task. */
  was: string | null;
  state: string | null;
  /** Steps that it changed, or was refused for: number, state before and after. */
  steps: [stepNo: number, was: string, state: string][];
}

interface StepValues {
  result?: unknown;
  retryLimit?: number;
  inputs?: object;
}

/** An operator whose verbs are the functions themselves, on the connection of a test's choice. */
export class SqlOperator {
  constructor(private readonly db: Client) {}

  static of(engine: SqlEngine): SqlOperator {
    return new SqlOperator(engine.db);
  }

  on(db: Client): SqlOperator {
    return new SqlOperator(db);
  }

  async task(verb: TaskVerb, task: string, priority = 7): Promise<VerbAnswer> {
    const who = ['ann', 'why not'];
    switch (verb) {
      case 'retry':
        return this.call('retry_steps', [task, null, null, null, ...who]);
      case 'update':
        return this.call('update_task', [task, null, null, priority, 'ann']);
      case 'resolve':
      case 'pause':
      case 'resume':
      case 'cancel':
        return this.call(`${verb}_task`, [task, ...who]);
    }
  }

  async step(verb: StepVerb, task: string, step = 0, values: StepValues = {}): Promise<VerbAnswer> {
    const who = ['ann', 'why not'];
    const inputs = values.inputs ? JSON.stringify(values.inputs) : null;
    switch (verb) {
      case 'retry':
        return this.call('retry_steps', [task, step, values.retryLimit ?? null, inputs, ...who]);
      case 'update':
        return this.call('update_step', [task, step, values.retryLimit ?? 9, inputs, ...who]);
      case 'cancel':
        return this.call('cancel_step', [task, step, ...who]);
      case 'resolve':
      case 'complete':
      case 'skip':
        return this.satisfy(verb, task, step, values.result);
    }
  }

  private satisfy(verb: 'resolve' | 'complete' | 'skip', task: string, step: number, given: unknown) {
    const to = { resolve: 'resolved_manually', complete: 'complete', skip: 'skipped' }[verb];
    const result = verb === 'skip' ? null : JSON.stringify(given ?? { by: 'hand' });
    return this.call('satisfy_step', [task, step, to, result, 'ann', 'why not']);
  }

  private async call(name: string, parameters: unknown[]): Promise<VerbAnswer> {
    const list = parameters.map((_, n) => `$${n + 1}`).join(', ');
    const { rows } = await this.db.query<Row>(`select * from ${name}(${list})`, parameters);
    const task = rows.find(({ step_no }) => step_no === null)!;
    const steps = rows.filter(({ step_no }) => step_no !== null).sort((a, b) => a.step_no - b.step_no);
    return {
      outcome: task.outcome,
      was: task.was,
      state: task.state,
      steps: steps.map(({ step_no, was, state }) => [step_no, was, state]),
    };
  }
}
