import { attemptText, durationText, elapsedText } from '../terminal/duration.js';
import { signOf, stateSpan } from '../terminal/state-look.js';
import { cut, printable, type Span } from '../terminal/style.js';
import type { StepAnswer, TaskAnswer } from './answers.js';
import { failureText } from './task-report.js';

/** The time to draw for, and the room that there is. */
export interface Frame {
  now: number;
  rows: number;
  columns: number;
}

/** States after which a step waits for nothing. */
const OVER = new Set(['complete', 'resolved_manually', 'skipped', 'cancelled']);
const LONGEST_NAME = 40;

/**
 * A task's graph as lines that fit the frame: under the task its steps by level, each with its state, attempts, time,
 * and what it waits for or failed with. Where that is too high, a level is a line; where that is, levels that are over go.
 */
export function pictureOf(task: TaskAnswer, levels: ReadonlyMap<string, number>, frame: Frame): Span[][] {
  const head = headOf(task, frame.now);
  const byLevel = gathered(task.steps ?? [], levels);
  const room = frame.rows - head.length;
  const width = Math.min(LONGEST_NAME, Math.max(...(task.steps ?? []).map(({ name }) => name.length)));
  const all = byLevel.flatMap((steps, level) => levelLines(steps, level, width, frame.now));
  const body = all.length <= room ? all : windowed(byLevel, room);
  return [...head, ...body].map((line) => cut(line, frame.columns));
}

function headOf(task: TaskAnswer, now: number): Span[][] {
  const share = `${Math.floor(task.completion_percentage)} %`;
  return [
    [
      { text: printable(task.full_name), style: 'bold' },
      { text: `  ${task.task_id}`, style: 'dim' },
    ],
    [
      signOf(task.status),
      { text: ' ' },
      stateSpan(task.status),
      { text: `  ${share}  ${elapsedText(task.started_at, task.completed_at, now)}` },
      { text: task.completed_at === null ? `  ${task.execution_status}` : '', style: 'dim' },
    ],
  ];
}

function gathered(steps: readonly StepAnswer[], levels: ReadonlyMap<string, number>): StepAnswer[][] {
  const byLevel: StepAnswer[][] = [];
  for (const step of steps) (byLevel[levels.get(step.name) ?? 0] ??= []).push(step);
  return byLevel;
}

function levelLines(steps: readonly StepAnswer[], level: number, width: number, now: number): Span[][] {
  return steps.map((step, n) => [
    { text: `${n === 0 ? String(level).padStart(3) : '   '} ${branch(n, steps.length)} `, style: 'dim' },
    signOf(step.status),
    { text: ` ${cut([{ text: printable(step.name) }], width)[0]!.text.padEnd(width)}  ` },
    { ...stateSpan(step.status), text: step.status.padEnd('waiting_for_retry'.length) },
    { text: `  ${String(step.attempts).padStart(3)}/${String(step.retry_limit).padEnd(3)}`, style: 'dim' },
    { text: attemptText(step, now).padStart(12) },
    ...remark(step, now),
  ]);
}

/** What keeps a step beside its parents, its time and its failure, which have remarks of their own. */
const HELD: ReadonlySet<string> = new Set([
  ...['paused', 'stopped', 'expired', 'run_at'],
  ...['circuit', 'template_limit', 'task_limit', 'no_worker', 'worker_blocked'],
]);

const branch = (n: number, count: number): string => (count === 1 ? '─' : n === 0 ? '┬' : n === count - 1 ? '└' : '│');

function remark(step: StepAnswer, now: number): Span[] {
  const { status, error, next_retry_at: next, depends_on: parents, waiting_for: waiting } = step;
  if (waiting && HELD.has(waiting.kind)) return [{ text: `  ${printable(waiting.detail)}`, style: 'magenta' }];
  const again: Span[] =
    status === 'waiting_for_retry' && next !== null
      ? [{ text: `  again in ${durationText(Date.parse(next) - now)}`, style: 'magenta' }]
      : [];
  if (error && !OVER.has(status)) return [...again, { text: `  ${printable(failureText(error))}`, style: 'red' }];
  if (status !== 'pending') return again;
  return [{ text: `  ← ${parents.map(printable).join(', ')}`, style: 'dim' }];
}

/** A line for each level from the first that is not over, as many as there is room for. */
function windowed(byLevel: readonly StepAnswer[][], room: number): Span[][] {
  const lines = byLevel.map(levelLine);
  if (lines.length <= room) return lines;
  const kept = Math.max(1, room - 2);
  const live = byLevel.findIndex((steps) => steps.some(({ status }) => !OVER.has(status)));
  const last = lines.length - kept;
  const from = Math.min(live < 0 ? last : live, last);
  const more = (count: number, where: string): Span[][] =>
    count > 0 ? [[{ text: `    … ${count} more levels ${where}`, style: 'dim' }]] : [];
  return [...more(from, 'above'), ...lines.slice(from, from + kept), ...more(last - from, 'below')];
}

function levelLine(steps: readonly StepAnswer[], level: number): Span[] {
  const counts = new Map<string, number>();
  for (const { status } of steps) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [
    { text: `${String(level).padStart(3)} ─`, style: 'dim' },
    ...[...counts].flatMap(([status, count]): Span[] => [
      { text: '  ' },
      signOf(status),
      { text: ` ${count} ` },
      stateSpan(status),
    ]),
  ];
}
