import { attemptText, elapsedText } from '../terminal/duration.js';
import { stateSpan } from '../terminal/state-look.js';
import { properties, table } from '../terminal/table.js';
import type { AttemptAnswer, FailureAnswer, StepAnswer, TaskAnswer, TransitionAnswer } from './answers.js';

/** A task, for people: its facts, and a table of each part that it was asked with. */
export const taskReport = (task: TaskAnswer): string =>
  [
    factsOf(task),
    ...(task.steps ? [stepTable(task.steps)] : []),
    ...(task.steps?.some(({ attempt_history: history }) => history) ? [attemptTable(task.steps)] : []),
    ...(task.transitions ? [transitionTable(task.transitions)] : []),
  ].join('\n');

/** One line for each task. */
export const taskTable = (tasks: readonly TaskAnswer[]): string =>
  table(tasks, [
    { title: 'id', value: ({ task_id: id }) => id },
    { title: 'template', value: ({ full_name: name }) => name },
    { title: 'status', value: ({ status }) => stateSpan(status) },
    { title: 'done', value: ({ completion_percentage: share }) => `${Math.floor(share)} %`, right: true },
    { title: 'created', value: ({ created_at: at }) => at },
    { title: 'took', value: (task) => elapsedText(task.started_at, task.completed_at), right: true },
    { title: 'initiator', value: ({ initiator }) => initiator },
    { title: 'tags', value: ({ tags }) => tags.join(', ') },
  ]);

function factsOf(task: TaskAnswer): string {
  const counts = Object.entries(task.step_counts).map(([state, count]) => `${count} ${state}`);
  return properties({
    id: task.task_id,
    template: task.full_name,
    status: stateSpan(task.status),
    execution: task.execution_status,
    steps: `${counts.join(', ')} (${Math.floor(task.completion_percentage)} %)`,
    context: JSON.stringify(task.context),
    initiator: task.initiator,
    reason: task.reason,
    'source system': task.source_system,
    tags: task.tags.join(', '),
    priority: task.priority,
    correlation: task.correlation_id,
    created: task.created_at,
    'not before': task.run_at,
    'paused since': task.paused_at,
    started: task.started_at,
    ended: task.completed_at,
    took: elapsedText(task.started_at, task.completed_at),
  });
}

const stepTable = (steps: readonly StepAnswer[]): string =>
  table(steps, [
    { title: 'step', value: ({ name }) => name },
    { title: 'status', value: ({ status }) => stateSpan(status) },
    { title: 'attempts', value: ({ attempts, retry_limit: limit }) => `${attempts} of ${limit}`, right: true },
    { title: 'took', value: (step) => attemptText(step), right: true },
    { title: 'depends on', value: ({ depends_on: parents }) => parents.join(', ') },
    { title: 'what', value: outcomeOf },
  ]);

const attemptTable = (steps: readonly StepAnswer[]): string =>
  table(
    steps.flatMap(({ name, attempt_history: history = [] }) => history.map((attempt) => ({ step: name, ...attempt }))),
    [
      { title: 'step', value: ({ step }) => step },
      { title: 'attempt', value: ({ attempt }) => attempt, right: true },
      { title: 'outcome', value: ({ outcome }) => outcome ?? 'running' },
      { title: 'started', value: ({ started_at: at }) => at },
      {
        title: 'took',
        value: (attempt: AttemptAnswer) => elapsedText(attempt.started_at, attempt.completed_at),
        right: true,
      },
      { title: 'worker', value: ({ worker }) => worker },
      { title: 'error', value: ({ error }) => (error ? failureText(error) : '') },
    ],
  );

const transitionTable = (transitions: readonly TransitionAnswer[]): string =>
  table(transitions, [
    { title: 'at', value: ({ at }) => at },
    { title: 'what', value: ({ step }) => step ?? '(task)' },
    { title: 'attempt', value: ({ attempt }) => attempt, right: true },
    { title: 'from', value: ({ from }) => from },
    { title: 'to', value: ({ to }) => (to === null ? null : stateSpan(to)) },
    { title: 'cause', value: ({ cause }) => cause },
    { title: 'by', value: ({ actor, worker }) => actor ?? worker },
    { title: 'reason', value: ({ reason }) => reason },
  ]);

function outcomeOf({ error, next_retry_at: next, results, waiting_for: waiting }: StepAnswer): string {
  if (waiting && !TOLD.has(waiting.kind)) return waiting.detail;
  const again = next === null ? '' : `again at ${next}: `;
  if (error) return `${again}${failureText(error)}`;
  return results === null ? '' : shortened(JSON.stringify(results));
}

/** What the columns beside and the error say as well. */
const TOLD: ReadonlySet<string> = new Set(['dependencies', 'backoff', 'failed']);

/** What went wrong, in a line. */
export const failureText = ({ message, error_class: kind, error_code: code }: FailureAnswer): string =>
  `${code ?? kind}: ${message}`;

const LONGEST = 100;
const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
