import { Client } from 'pg';
import type { StepState, TaskState } from '../../src/core/states.js';

/** Everything that a run left in Tasker's tables, read in one snapshot. */
export interface RunHistory {
  tasks: TaskHistory[];
  /** Number of every worker that ever registered, with the state that it is in. */
  workers: Map<number, string>;
}

export interface TaskHistory {
  id: string;
  /** Of its template. */
  name: string;
  state: TaskState;
  remainingSinks: number;
  failedSteps: number;
  stopsOnFirstFailure: boolean;
  isPaused: boolean;
  moves: Move[];
  /** Rows of what an operator did that moved nothing: it was paused, resumed, or given other values. */
  notes: Move[];
  /** By step number. */
  steps: StepHistory[];
}

export interface StepHistory {
  stepNo: number;
  name: string;
  state: StepState;
  attempt: number;
  remainingParents: number;
  isSink: boolean;
  hasResult: boolean;
  /** Stands in the index that claims read. */
  isClaimable: boolean;
  workerId: number | null;
  /** Step numbers. */
  parents: number[];
  /** Moves that the step made, one following from the other. */
  moves: Move[];
  /** Results that came after their attempt had ended. */
  refused: Move[];
  /** Rows of what an operator did that moved nothing: a step that waits was made due. */
  notes: Move[];
}

/** One row of the audit trail. */
export interface Move {
  attempt: number;
  from: TaskState | StepState | null;
  to: TaskState | StepState | null;
  cause: string;
  workerId: number | null;
  /** When its transaction began, in milliseconds of the wall clock. */
  atMs: number;
  /** The transaction that wrote it. */
  xact: string;
}

interface MoveRow extends Move {
  taskId: string;
  stepNo: number;
}

/** Lower than any task's id. */
export const NIL = '00000000-0000-0000-0000-000000000000';

/** Reads the whole of a database, which is the test's own. @param after - tasks with higher ids, newer ones, alone */
export async function readHistory(connectionString: string, after = NIL): Promise<RunHistory> {
  const db = new Client({ connectionString, application_name: 'test history' });
  await db.connect();
  try {
    await db.query('begin isolation level repeatable read read only');
    const rows = async <Row>(sql: string): Promise<Row[]> => (await db.query(sql, [after])).rows as Row[];
    const tasks = await rows<Omit<TaskHistory, 'moves' | 'notes' | 'steps'>>(TASKS);
    const steps = await rows<Omit<StepHistory, 'moves' | 'refused' | 'notes'> & { taskId: string }>(STEPS);
    const moves = await rows<MoveRow>(MOVES);
    const workers = await db.query<{ id: number; state: string }>('select id, state from tasker.worker');
    return assemble(tasks, steps, moves, workers.rows);
  } finally {
    await db.end();
  }
}

const TASKS = `
  select t.id, p.name, t.state, t.remaining_sinks as "remainingSinks", t.failed_steps as "failedSteps",
         p.stop_on_first_failure as "stopsOnFirstFailure", t.paused_at is not null as "isPaused"
  from tasker.task t join tasker.template p on p.id = t.template_id
  where t.id > $1
  order by t.id`;

const STEPS = `
  select s.task_id as "taskId", s.step_no as "stepNo", ts.name, s.state, s.attempt,
         s.remaining_parents as "remainingParents", s.is_sink as "isSink", s.result is not null as "hasResult",
         s.ready_at is not null as "isClaimable", s.worker_id as "workerId", coalesce(e.parents, '{}') as parents
  from tasker.step s
  join tasker.template_step ts on ts.template_id = s.template_id and ts.step_no = s.step_no
  left join (
    select template_id, to_no, array_agg(from_no) as parents from tasker.template_edge group by template_id, to_no
  ) e on e.template_id = s.template_id and e.to_no = s.step_no
  where s.task_id > $1
  order by s.task_id, s.step_no`;

const MOVES = `
  select task_id as "taskId", step_no as "stepNo", attempt, from_state as from, to_state as to, cause,
         worker_id as "workerId", (extract(epoch from at) * 1000)::float8 as "atMs", xmin::text as xact
  from tasker.transition
  where task_id > $1`;

function assemble(
  tasks: Omit<TaskHistory, 'moves' | 'notes' | 'steps'>[],
  steps: (Omit<StepHistory, 'moves' | 'refused' | 'notes'> & { taskId: string })[],
  moves: MoveRow[],
  workers: { id: number; state: string }[],
): RunHistory {
  const movesByKey = new Map<string, Move[]>();
  for (const { taskId, stepNo, ...move } of moves) {
    const key = `${taskId} ${stepNo}`;
    const list = movesByKey.get(key);
    if (list) list.push(move);
    else movesByKey.set(key, [move]);
  }
  const stepsByTask = new Map<string, StepHistory[]>(tasks.map(({ id }) => [id, []]));
  for (const { taskId, ...step } of steps) {
    const rows = movesByKey.get(`${taskId} ${step.stepNo}`) ?? [];
    stepsByTask.get(taskId)!.push({
      ...step,
      moves: chained(rows.filter(({ to }) => to !== null)),
      refused: rows.filter(({ cause }) => cause === 'refused'),
      notes: rows.filter(({ to, cause }) => to === null && cause !== 'refused'),
    });
  }
  return {
    tasks: tasks.map((task) => {
      const rows = (movesByKey.get(`${task.id} -1`) ?? []).sort((a, b) => a.attempt - b.attempt);
      const isMove = ({ to }: Move): boolean => to !== null;
      return {
        ...task,
        moves: rows.filter(isMove),
        notes: rows.filter((row) => !isMove(row)),
        steps: stepsByTask.get(task.id)!,
      };
    }),
    workers: new Map(workers.map(({ id, state }) => [id, state])),
  };
}

/**
 * The moves of a step in the order of its life: by attempt, and within one each from where the last one led.
 * Not by time: a row carries the time at which its transaction began, which may have waited for another.
 */
function chained(moves: readonly Move[]): Move[] {
  const chain: Move[] = [];
  const left = [...moves].sort((a, b) => a.attempt - b.attempt || a.atMs - b.atMs);
  let state: string | null = 'pending';
  while (left.length > 0) {
    const { attempt } = left[0]!;
    const following = left.findIndex((move) => move.attempt === attempt && move.from === state);
    const [move] = left.splice(Math.max(0, following), 1);
    chain.push(move!);
    state = move!.to;
  }
  return chain;
}
