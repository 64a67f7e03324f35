import { TaskerError, type Finding, type TaskerErrorCode } from '../core/errors.js';
import { isUuid } from '../core/identity.js';
import {
  STEP_VERBS,
  TASK_VERBS,
  isTaskVerbLegal,
  type StepState,
  type StepVerb,
  type TaskState,
  type TaskVerb,
} from '../core/states.js';
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

/** As an operator's verb is said of what it was done to. */
const DONE: Record<TaskVerb | StepVerb, string> = {
  retry: 'retried',
  resolve: 'resolved',
  complete: 'completed',
  skip: 'skipped',
  pause: 'paused',
  resume: 'resumed',
  cancel: 'cancelled',
  update: 'updated',
};

/** What of a task, beside its state, allows or forbids verbs. */
interface TaskCondition {
  was: TaskState | null;
  isPaused: boolean;
  hasFailures: boolean;
}

/** Says in which state a task is, in which it would have to be, and what can be done instead. */
export function illegalTaskVerb(
  taskId: string,
  verb: TaskVerb,
  { was, isPaused, hasFailures }: TaskCondition,
): TaskerError {
  const lacks: Partial<Record<TaskVerb, string | false>> = {
    retry: was === 'in_progress' && !hasFailures && 'has no failed step',
    resume: !isPaused && 'is not paused',
    pause: isPaused && 'is paused',
  };
  const state = was!;
  const allowed = verbsFor(TASK_VERBS, state).filter((one) => !lacks[one]);
  const missing = isTaskVerbLegal(verb, state) ? lacks[verb] : undefined;
  return illegal(`Task ${taskId}`, verb, missing ? `${state} and ${missing}` : state, allowed, {
    kind: 'a task',
    states: missing ? [] : TASK_VERBS[verb],
  });
}

/** Says in which state a step is, in which it would have to be, and what can be done instead. */
export const illegalStepVerb = (name: string, verb: StepVerb, state: StepState): TaskerError =>
  illegal(`Step ${quoted(name)}`, verb, state, verbsFor(STEP_VERBS, state), {
    kind: 'a step',
    states: STEP_VERBS[verb],
  });

/** What is legal in a state, besides giving other values. */
const verbsFor = <Verb extends TaskVerb | StepVerb>(verbs: Record<Verb, readonly string[]>, state: string): Verb[] =>
  (Object.keys(verbs) as Verb[]).filter((verb) => verb !== 'update' && verbs[verb].includes(state));

function illegal(
  what: string,
  verb: TaskVerb | StepVerb,
  condition: string,
  allowed: readonly (TaskVerb | StepVerb)[],
  { kind, states }: { kind: string; states: readonly string[] },
): TaskerError {
  const instead =
    allowed.length > 0 ? `it can be ${allowed.map((one) => DONE[one]).join(' or ')}` : 'it does not change any more';
  const where = states.length > 0 ? ` Only ${kind} that is ${states.join(' or ')} can be ${DONE[verb]}.` : '';
  return new TaskerError(
    'illegal_transition',
    `${what} is ${condition} and cannot be ${DONE[verb]}: ${instead}.${where}`,
    [{ path: 'status', message: `is ${condition}; allowed: ${allowed.join(', ') || 'nothing'}` }],
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
