import { TASK_ROW } from '../persistence/entities/transition.entity.js';
import type { TransitionRow } from '../persistence/stores/task-snapshot.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import { inOrder } from './transition-order.js';
import type { TransitionView } from './views.js';

/** The audit trail of a task as it is answered. A hand-off reads as the two moves that it stands for. */
export const transitionViews = (entry: CatalogEntry, rows: readonly TransitionRow[]): TransitionView[] =>
  inOrder(rows, entry.graph).flatMap((row) => {
    const view = transitionView(entry, row);
    if (row.cause !== 'handed_off') return [view];
    return [
      { ...view, attempt: row.attempt > 1 ? row.attempt - 1 : null, to: 'ready', cause: 'ready', worker: null },
      { ...view, from: 'ready', cause: 'claimed' },
    ] satisfies TransitionView[];
  });

/** Values that an operator gave a step stand in a row of the task's. */
const stepOf = ({ stepNo, cause, detail }: TransitionRow): number => {
  const given = cause === 'updated' ? (detail as { step_no?: number }).step_no : undefined;
  return given ?? stepNo;
};

const transitionView = (entry: CatalogEntry, row: TransitionRow): TransitionView => ({
  step: stepOf(row) === TASK_ROW ? null : entry.step(stepOf(row)).name,
  attempt: row.stepNo === TASK_ROW || row.attempt === 0 ? null : row.attempt,
  from: row.from,
  to: row.to,
  cause: row.cause,
  at: row.at,
  worker: row.worker,
  actor: row.actor,
  reason: row.reason,
});
