import { levelsOf, type Graph } from '../core/graph.js';
import { TASK_ROW, type Cause } from '../persistence/entities/transition.entity.js';
import type { TransitionRow } from '../persistence/stores/task-snapshot.js';

/** In which order one attempt of a step meets its causes; those that are not here act after its end. */
const PHASES: Partial<Record<Cause, number>> = {
  ready: 0,
  claimed: 1,
  handed_off: 1,
  succeeded: 2,
  failed: 2,
  timed_out: 2,
  worker_lost: 2,
  released: 2,
  bypassed: 2,
};
const LAST_PHASE = 3;

/** Causes by which a step follows from its parents. */
const FOLLOWING = new Set<Cause | undefined>(['ready', 'handed_off']);

/** Less than a microsecond: what follows comes after. */
const NEXT = 0.25;

/**
 * The audit trail of a task in the order in which things happened. A row carries the time at which its transaction began,
 * which may have waited for another that began later: what caused a row comes before it whatever the clock says.
 */
export function inOrder(rows: readonly TransitionRow[], graph: Graph): TransitionRow[] {
  const times = new Map<TransitionRow, number>();
  const place = (row: TransitionRow, after: number): number => {
    const time = Math.max(row.micros, after + NEXT);
    times.set(row, time);
    return time;
  };

  const chains = chainsOf(rows);
  const taskRows = chains.get(TASK_ROW) ?? [];
  const created = taskRows[0] ? place(taskRows[0], 0) : 0;
  const ends: number[] = [];
  for (const stepNo of byLevel(graph)) {
    const chain = chains.get(stepNo) ?? [];
    // an operator skips or cancels a step whatever its parents do
    const parents = FOLLOWING.has(chain[0]?.cause) ? graph.parents[stepNo]!.map((parent) => ends[parent]!) : [];
    let last = parents.reduce((latest, end) => Math.max(latest, end), created);
    for (const row of chain) last = place(row, last);
    ends[stepNo] = last;
  }
  let last = created;
  for (const row of taskRows.slice(1)) {
    const isFinal = row.to === 'complete' || row.to === 'cancelled' || row.to === 'resolved_manually';
    last = place(row, isFinal ? ends.reduce((latest, end) => Math.max(latest, end), last) : last);
  }
  for (const row of rows) if (row.cause === 'refused') place(row, 0);
  return [...rows].sort((a, b) => times.get(a)! - times.get(b)! || a.stepNo - b.stepNo);
}

/** The rows of each step, and of the task, one following from the other. Refused results move nothing and are left out. */
function chainsOf(rows: readonly TransitionRow[]): Map<number, TransitionRow[]> {
  const chains = new Map<number, TransitionRow[]>();
  for (const row of rows) {
    if (row.cause === 'refused') continue;
    const chain = chains.get(row.stepNo);
    if (chain) chain.push(row);
    else chains.set(row.stepNo, [row]);
  }
  for (const chain of chains.values()) {
    chain.sort((a, b) => a.attempt - b.attempt || phase(a) - phase(b) || a.micros - b.micros);
  }
  return chains;
}

const phase = ({ stepNo, cause }: TransitionRow): number => (stepNo === TASK_ROW ? 0 : (PHASES[cause] ?? LAST_PHASE));

/** Parents before their children. */
function byLevel(graph: Graph): number[] {
  const levels = levelsOf(graph)!;
  return levels.map((_, stepNo) => stepNo).sort((a, b) => levels[a]! - levels[b]!);
}
