import { TaskerError, type Finding, type TaskerErrorCode } from '../core/errors.js';
import { isUuid } from '../core/identity.js';
import { TASK_MOVES, TASK_STATES, canTaskMove, type TaskState } from '../core/states.js';
import { didYouMean } from '../core/suggest.js';
import type { TaskTemplate } from '../core/template.js';
import { isTransient } from '../persistence/transient.js';
import { quoted } from '../templates/written.js';

/** A refusal that lists every finding in its message. */
export function invalid(code: TaskerErrorCode, what: string, findings: readonly Finding[]): TaskerError {
  const list = findings.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
  return new TaskerError(code, `${what}:\n${list}`, findings);
}

/**
 * The id in the form in which the database answers it.
 *
 * @throws TaskerError `task_not_found` for what is no UUID
 */
export function taskIdOf(id: string): string {
  if (typeof id !== 'string' || !isUuid(id)) throw taskNotFound(id);
  return id.toLowerCase();
}

export const taskNotFound = (id: unknown): TaskerError =>
  new TaskerError('task_not_found', `There is no task ${typeof id === 'string' ? quoted(id) : String(id)}.`);

export const stepNotFound = (idOrName: string, { steps }: TaskTemplate): TaskerError =>
  new TaskerError(
    'step_not_found',
    `The task has no step ${quoted(idOrName)}.${didYouMean(
      idOrName,
      steps.map(({ name }) => name),
    )}`,
  );

/** Says from which state, and what can be done instead. */
export function illegalMove(taskId: string, from: TaskState, to: TaskState): TaskerError {
  const sources = TASK_STATES.filter((state) => canTaskMove(state, to));
  const moves: readonly TaskState[] = TASK_MOVES[from];
  const instead = moves.length > 0 ? `it may become ${moves.join(' or ')}` : 'it does not change any more';
  return new TaskerError(
    'illegal_transition',
    `Task ${taskId} is ${from} and cannot become ${to}: ${instead}. Only a task that is ${sources.join(' or ')} can.`,
  );
}

/** SQLSTATEs that blame what was sent: values that cannot be stored (22), constraints (23). */
const REQUEST_ERRORS = /^2[23]/;

/** What a failed write is told as: whether the request is to blame, or the database. Mistakes in the program stay as they are. */
export function writeFailure(error: unknown): Error {
  if (error instanceof TaskerError) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && REQUEST_ERRORS.test(code)) {
    const message = 'The request holds something that PostgreSQL cannot store.';
    return new TaskerError('request_invalid', message, [], { cause: error });
  }
  if (isTransient(error)) return unavailable(error);
  return error instanceof Error ? error : new Error(String(error));
}

/** As `writeFailure`, where only a TaskerError can be told. */
export function refusalOf(error: unknown): TaskerError {
  const failure = writeFailure(error);
  return failure instanceof TaskerError ? failure : unavailable(error);
}

const unavailable = (cause: unknown): TaskerError =>
  new TaskerError(
    'database_unavailable',
    'PostgreSQL did not answer, or could not finish: nobody knows whether this was done. ' +
      'Ask again; with an idempotency key no task is created twice.',
    [],
    { cause },
  );
