import { NIL, type RunHistory, type StepHistory, type TaskHistory } from '../support/run-history.js';
import type { Execution } from './executions.js';
import type { Stage } from './stage.js';
import type { Worker } from './worker.js';

const LARGEST_REPORT = 20;
const STARTS = new Set(['claimed', 'handed_off']);

/** What a run left behind: the database's account of it, and that of the handlers. */
export interface Evidence {
  history: RunHistory;
  executions: Execution[];
  /** Id of the execution whose result a step has, by task and step. */
  results: Map<string, string>;
  /** Ids of the executions whose results were refused. */
  refused: string[];
}

export interface Allowances {
  /**
   * PostgreSQL crashed. A claim is not waited for to reach the disk: one that a crash took back may be made again
   * under the same number, while the handler of the first still runs.
   */
  lostClaims?: boolean;
}

/** @param after - of tasks with higher ids alone */
export async function gatherEvidence(stage: Stage, after = NIL): Promise<Evidence> {
  const history = await stage.expectInvariants(after);
  const executions = await stage.executions(after);
  const results = await stage.query<{ key: string; execution: string }>(
    `select s.task_id || ' ' || ts.name as key, s.result ->> 'execution' as execution
     from tasker.step s
     join tasker.template_step ts on ts.template_id = s.template_id and ts.step_no = s.step_no
     where s.result is not null and s.task_id > $1`,
    [after],
  );
  const refused = await stage.query<{ execution: string }>(
    `select detail -> 'results' ->> 'execution' as execution from tasker.transition
     where cause = 'refused' and task_id > $1`,
    [after],
  );
  return {
    history,
    executions,
    results: new Map(results.map(({ key, execution }) => [key, execution])),
    refused: refused.map(({ execution }) => execution),
  };
}

/** @throws Error listing where the handlers' account differs from what the engine promises */
export function expectOneResultEach(evidence: Evidence, allowances: Allowances = {}): void {
  const found = contradictions(evidence, allowances);
  if (found.length === 0) return;
  throw new Error([`${found.length} contradictions:`, ...found.slice(0, LARGEST_REPORT)].join('\n'));
}

/** @returns one line for each thing in which the handlers' account differs from what the engine promises */
export function contradictions(evidence: Evidence, { lostClaims = false }: Allowances = {}): string[] {
  const found: string[] = [];
  const byStep = new Map<string, Execution[]>();
  for (const execution of evidence.executions) {
    const key = `${execution.taskId} ${execution.step}`;
    byStep.set(key, [...(byStep.get(key) ?? []), execution]);
  }
  const acceptedOf = (task: TaskHistory, step: StepHistory): Execution | undefined => {
    const key = `${task.id} ${step.name}`;
    return byStep.get(key)?.find(({ id }) => id === evidence.results.get(key));
  };
  for (const task of evidence.history.tasks) {
    for (const step of task.steps) {
      const say = (what: string): number => found.push(`task ${task.id} step "${step.name}" (${step.state}): ${what}`);
      const executions = byStep.get(`${task.id} ${step.name}`) ?? [];
      checkNumbers(executions, step, lostClaims, say);
      if (step.state !== 'complete') continue;
      const accepted = acceptedOf(task, step);
      const end = step.moves.find(({ cause }) => cause === 'succeeded');
      if (!accepted || accepted.endedMs === null) say('its result is of no execution that came to its end');
      else if (accepted.attempt !== end?.attempt) say(`has the result of attempt ${accepted.attempt}`);
      else if (evidence.refused.includes(accepted.id)) say('the result that it has was refused');
      const again = executions.filter(({ startedMs }) => end && startedMs > end.atMs);
      if (again.length > 0) say(`ran again after its result was accepted: ${again.map(describe).join(', ')}`);
      for (const parent of step.parents) {
        const before = acceptedOf(task, task.steps[parent]!);
        const early = executions.filter(({ startedMs }) => before?.endedMs && startedMs < before.endedMs);
        if (early.length > 0) say(`began before its parent "${task.steps[parent]!.name}" ended`);
      }
    }
  }
  return found;
}

function checkNumbers(
  executions: Execution[],
  step: StepHistory,
  lostClaims: boolean,
  say: (what: string) => void,
): void {
  const numbers = executions.map(({ attempt }) => attempt);
  const twice = numbers.filter((number, index) => numbers.indexOf(number) !== index);
  if (twice.length > 0 && !lostClaims) say(`attempt ${twice.join(', ')} was executed twice`);
  const starts = new Set(step.moves.filter(({ cause }) => STARTS.has(cause)).map(({ attempt }) => attempt));
  const unknown = executions.filter(({ attempt }) => !starts.has(attempt));
  if (unknown.length > 0 && !lostClaims) say(`was executed without a claim: ${unknown.map(describe).join(', ')}`);
}

const describe = ({ attempt, pid, startedMs }: Execution): string =>
  `attempt ${attempt} in process ${pid} at ${new Date(startedMs).toISOString()}`;

/** Of every step that a dead worker held: how long after the worker's death it was given back, in milliseconds. */
export async function rescueTimes(stage: Stage, killed: readonly Worker[]): Promise<number[]> {
  const deaths = new Map(killed.map(({ pid, killedMs }) => [pid, killedMs!]));
  const rows = await stage.query<{ pid: number; at: number }>(
    `select w.pid, (extract(epoch from x.at) * 1000)::float8 as at
     from tasker.transition x join tasker.worker w on w.id = x.worker_id where x.cause = 'worker_lost'`,
  );
  return rows.map(({ pid, at }) => {
    const death = deaths.get(pid);
    if (death === undefined) throw new Error(`worker process ${pid} was taken for dead, and lived`);
    return at - death;
  });
}

/** How many moves there were of each cause. */
export function countCauses({ tasks }: RunHistory): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { steps } of tasks) {
    for (const { moves, refused } of steps) {
      for (const { cause } of [...moves, ...refused]) counts[cause] = (counts[cause] ?? 0) + 1;
    }
  }
  return counts;
}

/** One line of figures beside the test's own, for who reads the run. */
export function report(title: string, figures: Record<string, unknown>): void {
  process.stderr.write(`${title}: ${JSON.stringify(figures)}\n`);
}
