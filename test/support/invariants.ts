import { STEP_MOVES, TASK_MOVES } from '../../src/core/states.js';
import { readHistory, type Move, type RunHistory, type StepHistory, type TaskHistory } from './run-history.js';

/**
 * A row carries the time at which its transaction began. A claim may have begun this long before it looked,
 * on a machine that is busy with other things.
 */
const CLOCK_SLACK_MS = 1_000;

const SATISFYING = new Set(['complete', 'resolved_manually', 'skipped']);
const SETTLED = new Set(['complete', 'error', 'resolved_manually', 'cancelled']);
const STARTS = new Set(['claimed', 'handed_off']);
const ACCEPTANCES = new Set(['succeeded', 'completed']);
/** What an operator does that moves nothing. */
const NOTES = { task: ['paused', 'resumed', 'updated'], step: ['retried'] };
const LARGEST_REPORT = 20;

/**
 * What must hold of every run once it has come to rest, whatever befell it.
 *
 * @returns one line for each thing that does not hold, naming the task and the step
 */
export async function violations(databaseUrl: string): Promise<string[]> {
  return violationsOf(await readHistory(databaseUrl));
}

/** @param after - of tasks with higher ids alone @throws Error listing what does not hold */
export async function expectInvariants(databaseUrl: string, after?: string): Promise<RunHistory> {
  const history = await readHistory(databaseUrl, after);
  const found = violationsOf(history);
  if (found.length === 0) return history;
  const more = found.length > LARGEST_REPORT ? [`… and ${found.length - LARGEST_REPORT} more`] : [];
  throw new Error([`${found.length} violations:`, ...found.slice(0, LARGEST_REPORT), ...more].join('\n'));
}

export function violationsOf({ tasks, workers }: RunHistory): string[] {
  const found: string[] = [];
  for (const task of tasks) {
    const say = (what: string): number => found.push(`task ${task.id} (${task.name}, ${task.state}): ${what}`);
    checkTask(task, say);
    checkCounters(task, say);
    for (const step of task.steps) {
      const sayStep = (what: string): number =>
        say(`step "${step.name}" (${step.state}): ${what}; its audit: ${describe(step)}`);
      checkPath(step, sayStep);
      checkAttempts(step, sayStep);
      checkAcceptance(step, sayStep);
      checkRefusals(step, sayStep);
      checkNotes(step, sayStep);
      checkParents(step, task, sayStep);
      checkRest(step, task, workers, sayStep);
    }
  }
  return found;
}

type Say = (what: string) => void;

function checkTask(task: TaskHistory, say: Say): void {
  if (!SETTLED.has(task.state)) say('has not settled');
  if (task.moves[0]?.from !== null || task.moves[0]?.to !== 'pending')
    say('its audit does not begin with its creation');
  const revisions = [...task.moves, ...task.notes].map(({ attempt }) => attempt).sort((a, b) => a - b);
  revisions.forEach((revision, index) => {
    if (revision !== index) say(`its revisions have a gap: ${revision} in place ${index}`);
  });
  for (const { cause, from } of task.notes) {
    if (from !== null || !NOTES.task.includes(cause)) say(`has a row of cause ${cause} that goes nowhere`);
  }
  task.moves.forEach((move, index) => {
    const before = task.moves[index - 1];
    if (!before) return;
    if (move.from !== before.to) say(`goes from ${move.from} while it is ${before.to}`);
    const legal: readonly string[] = TASK_MOVES[move.from as keyof typeof TASK_MOVES] ?? [];
    if (!legal.includes(String(move.to))) say(`goes from ${move.from} to ${move.to}, which is no legal move`);
  });
  if (task.moves.at(-1)?.to !== task.state) say(`its audit ends in ${task.moves.at(-1)?.to}`);
  const started = task.steps.some(({ moves }) => moves.some(({ cause }) => STARTS.has(cause)));
  if (started && !task.moves.some(({ to }) => to === 'in_progress')) say('has steps that started, but never started');

  const open = task.steps.filter(({ state }) => !SATISFYING.has(state));
  if (task.state === 'complete' && open.length > 0) say(`is complete with open steps: ${names(open)}`);
  if (task.state === 'resolved_manually' && open.some(({ state }) => state !== 'cancelled')) {
    say(`is resolved with open steps: ${names(open)}`);
  }
  if (task.state === 'cancelled' && open.some(({ state }) => state !== 'cancelled')) {
    say(`is cancelled with open steps: ${names(open)}`);
  }
  if (task.state === 'error') {
    const expired = task.moves.at(-1)?.cause === 'expired';
    if (!expired && !task.steps.some(({ state }) => state === 'error')) say('is in error, and none of its steps is');
    const moving = open.filter(({ state }) => state === 'ready' || state === 'waiting_for_retry');
    if (!expired && !task.stopsOnFirstFailure && moving.length > 0)
      say(`ended while steps could move: ${names(moving)}`);
  }
}

function checkCounters(task: TaskHistory, say: Say): void {
  const { steps } = task;
  const sinks = steps.filter(({ isSink, state }) => isSink && !SATISFYING.has(state)).length;
  if (task.remainingSinks !== sinks) say(`remaining_sinks is ${task.remainingSinks}, a recount gives ${sinks}`);
  // a step that was cancelled by itself keeps its task from completing, as a failed one does
  const failed = steps.filter(({ state }) => state === 'error' || state === 'cancelled').length;
  // what is cancelled is not counted down: nothing reads the counter any more
  if (task.state !== 'cancelled' && task.failedSteps !== failed) {
    say(`failed_steps is ${task.failedSteps}, a recount gives ${failed}`);
  }
  // steps that were cancelled, or skipped ahead of their parents, wait for nothing any more
  for (const step of steps.filter(({ state }) => state !== 'cancelled' && state !== 'skipped')) {
    const waiting = step.parents.filter((parent) => !SATISFYING.has(steps[parent]!.state)).length;
    if (step.remainingParents !== waiting) {
      say(`step "${step.name}": remaining_parents is ${step.remainingParents}, a recount gives ${waiting}`);
    }
  }
}

function checkPath({ moves, state }: StepHistory, say: Say): void {
  let at = 'pending';
  for (const move of moves) {
    const { from, to, cause } = move;
    if (from !== at) say(`goes from ${from} to ${to} (${cause}, attempt ${move.attempt}) while it is ${at}`);
    const path = cause === 'handed_off' ? ['pending', 'ready', 'in_progress'] : [from, to];
    if (path[0] !== from || path.at(-1) !== to) say(`a row of cause ${cause} goes from ${from} to ${to}`);
    for (let index = 1; index < path.length; index++) {
      const legal: readonly string[] = STEP_MOVES[path[index - 1] as keyof typeof STEP_MOVES] ?? [];
      if (!legal.includes(String(path[index]))) say(`goes from ${path[index - 1]} to ${path[index]}: no legal move`);
    }
    at = String(to);
  }
  if (at !== state) say(`its audit ends in ${at}`);
}

function checkAttempts({ moves, attempt, state }: StepHistory, say: Say): void {
  const starts = moves.filter(({ cause }) => STARTS.has(cause));
  starts.forEach((start, index) => {
    if (start.attempt !== index + 1) say(`start ${index + 1} has the number ${start.attempt}`);
    if (start.workerId === null) say(`attempt ${start.attempt} started without a worker`);
  });
  const ends = moves.filter(({ from }) => from === 'in_progress');
  for (const start of starts) {
    const count = ends.filter((end) => end.attempt === start.attempt).length;
    if (count > 1) say(`attempt ${start.attempt} ended ${count} times`);
    if (count === 0 && (state !== 'in_progress' || start !== starts.at(-1))) {
      say(`attempt ${start.attempt} never ended`);
    }
  }
  // what a request bypasses is claimed, but nothing is attempted
  const made = starts.length - moves.filter(({ cause }) => cause === 'bypassed').length;
  if (attempt !== made) say(`counts ${attempt} attempts, and ${made} started`);
}

function checkAcceptance({ moves, state, hasResult }: StepHistory, say: Say): void {
  const accepted = moves.filter(({ cause }) => ACCEPTANCES.has(cause));
  if (state === 'complete') {
    if (accepted.length !== 1) say(`has ${accepted.length} accepted results`);
    if (!hasResult) say('has no result');
  } else {
    if (accepted.length > 0) say('has an accepted result');
    if (hasResult && state !== 'resolved_manually') say('has a result');
  }
  const end = moves.indexOf(accepted[0]!);
  const after = accepted.length > 0 ? moves.slice(end + 1) : [];
  if (after.length > 0) say(`went on after its result was accepted: ${after.map(({ cause }) => cause).join(', ')}`);
}

/**
 * A worker may have the same attempt both accepted and refused: a claim that a crash of the server took back is made
 * again under the same number, and its first holder brings its result too.
 */
function checkRefusals({ refused }: StepHistory, say: Say): void {
  for (const { attempt, from, to } of refused) {
    if (from !== null || to !== null) say(`a refused result of attempt ${attempt} moved it`);
  }
}

function checkNotes({ notes }: StepHistory, say: Say): void {
  for (const { cause, from } of notes) {
    if (from !== null || !NOTES.step.includes(cause)) say(`has a row of cause ${cause} that goes nowhere`);
  }
}

function checkParents({ moves, parents }: StepHistory, { steps }: TaskHistory, say: Say): void {
  const start = moves.find(({ cause }) => STARTS.has(cause));
  const readied = moves.find(({ from }) => from === 'pending');
  if (!start || !readied || parents.length === 0) return;
  const ends = parents.map((parent) => ({
    parent: steps[parent]!,
    end: steps[parent]!.moves.find(({ to }) => SATISFYING.has(String(to))),
  }));
  for (const { parent, end } of ends) {
    if (!end) say(`started before its parent "${parent.name}" was satisfied`);
    else if (start.atMs < end.atMs - CLOCK_SLACK_MS) {
      say(`started ${end.atMs - start.atMs} ms before its parent "${parent.name}" was satisfied`);
    }
  }
  // the last parent's end and the child's readiness are one transaction
  if (!ends.some(({ end }) => end?.xact === readied.xact)) say('was made ready by something else than a parent');
}

function checkRest(step: StepHistory, task: TaskHistory, workers: RunHistory['workers'], say: Say): void {
  if (SETTLED.has(task.state) && step.state === 'in_progress') say('is in progress in a task that has settled');
  if (task.state === 'complete' && step.isClaimable) say('can be claimed in a task that is complete');
  if (step.state !== 'in_progress') return;
  const holder = workers.get(step.workerId!);
  if (holder !== 'live' && holder !== 'draining') say(`is in the hands of worker ${step.workerId}, which is ${holder}`);
}

const names = (steps: readonly StepHistory[]): string => steps.map(({ name }) => name).join(', ');

const describe = ({ moves, refused }: StepHistory): string =>
  [...moves, ...refused].map((move: Move) => `${move.cause}#${move.attempt}@w${move.workerId ?? '-'}`).join(' ');
