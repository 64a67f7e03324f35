import { isPlainObject, type Json } from '../core/json.js';
import { SealError } from '../core/key-ring.js';
import type { StepRow, TaskRow, TaskSnapshot, TransitionRow } from '../persistence/stores/task-snapshot.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import { encrypts, type Vault } from '../persistence/vault.js';

/** A task's row with its context decrypted. Without the key it stays as it is stored, which says what it is encrypted with. */
export const unsealedTask = (vault: Vault, entry: CatalogEntry, row: TaskRow): TaskRow =>
  encrypts(entry)
    ? {
        ...row,
        context: opened(row.context, () => vault.openContext(entry, row.id, row.context)),
        annotations:
          row.annotations && opened(row.annotations, () => vault.openAnnotations(entry, row.id, row.annotations!)),
      }
    : row;

/** The same for all parts of a task. */
export function unsealed(vault: Vault, entry: CatalogEntry, snapshot: TaskSnapshot): TaskSnapshot {
  if (!encrypts(entry)) return snapshot;
  const { id } = snapshot.task;
  const result = (stepNo: number, stored: Json): Json =>
    opened(stored, () => vault.openResultValue(entry, id, stepNo, stored));
  const step = (row: StepRow): StepRow => {
    const { stepNo, inputs } = row;
    const given = inputs && opened(inputs, () => vault.openInputs(entry, id, stepNo, inputs));
    return { ...row, result: result(stepNo, row.result), inputs: given };
  };
  // late results are kept with their refusal
  const transition = (row: TransitionRow): TransitionRow =>
    isPlainObject(row.detail) && Object.hasOwn(row.detail, 'results')
      ? { ...row, detail: { ...row.detail, results: result(row.stepNo, row.detail.results as Json) } }
      : row;
  return {
    ...snapshot,
    task: unsealedTask(vault, entry, snapshot.task),
    steps: snapshot.steps.map(step),
    transitions: snapshot.transitions.map(transition),
  };
}

function opened<T>(stored: T, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof SealError) return stored;
    throw error;
  }
}
