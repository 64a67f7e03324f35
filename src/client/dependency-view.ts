import { analyzeDependencies, concurrencyOf, type Blockage, type Interval } from '../core/dependency-analysis.js';
import { FINISHED_STEP_STATES, type StepState } from '../core/states.js';
import type { StepRow, TaskSnapshot, TransitionRow } from '../persistence/stores/task-snapshot.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';

/** What the shape of a task and the states of its steps come to. Steps are named. */
export interface DependencyAnalysisView {
  /** Roots first, then the steps whose deepest parent is on the level before. */
  levels: string[][];
  /** The path from a root to a step without dependents that took longest; of a task that goes on, so far. */
  criticalPath: CriticalPathView;
  parallelism: ParallelismView;
  /** Steps that may start, as far as their parents are concerned. */
  readySteps: string[];
  runningSteps: string[];
  /** Steps that cannot start before an operator acts: something that they depend on has failed or was cancelled. */
  blockedSteps: string[];
  /** Failed and cancelled steps, and those that wait to be tried again, with what cannot start because of them: most first. */
  errorChains: ErrorChainView[];
}

export interface CriticalPathView {
  steps: CriticalStepView[];
  /** Sum over its steps, in seconds. */
  durationSeconds: number;
  /** Whether all of its steps are over. While they are not, steps that have not begun count as nothing. */
  finished: boolean;
}

export interface CriticalStepView {
  name: string;
  status: StepState;
  /** From its first attempt's begin until it was over, or until now: retries and what lay between them included. */
  durationSeconds: number;
  /** From when it could first start until it did; null where it has not. */
  waitSeconds: number | null;
}

export interface ParallelismView {
  levels: number;
  /** Steps on the widest level. */
  maxWidth: number;
  /** Steps per level. */
  averageWidth: number;
  /** Attempts that ran at the same time, at most. */
  maxRunning: number;
  /** Attempts that ran at the same time, on average over the time in which any ran. */
  averageRunning: number;
}

export interface ErrorChainView {
  step: string;
  status: StepState;
  attempts: number;
  retryLimit: number;
  /** Null where it is not tried again by itself. */
  nextRetryAt: Date | null;
  errorClass: string | null;
  errorCode: string | null;
  message: string | null;
  /** How many steps cannot start because of it. */
  blockedCount: number;
  /** The first 100 of them, in the template's order. */
  blockedSteps: string[];
}

const MOST_NAMES = 100;
const BEGINS: readonly string[] = ['claimed', 'handed_off'];

/** @param snapshot - with all of its steps and transitions */
export function dependencyAnalysis(entry: CatalogEntry, snapshot: TaskSnapshot): DependencyAnalysisView {
  const { at, steps } = snapshot;
  const moves: TransitionRow[][] = steps.map(() => []);
  for (const move of snapshot.transitions) moves[move.stepNo]?.push(move);
  const lives = steps.map((row, n) => lifeOf(row, moves[n]!, snapshot));
  const name = (step: number): string => entry.step(step).name;
  const analysis = analyzeDependencies(
    entry.graph,
    steps.map(({ state }, n) => ({ state, ranMs: lives[n]!.ranMs })),
  );
  const inState = (...states: StepState[]): string[] =>
    steps.filter(({ state }) => states.includes(state)).map(({ stepNo }) => name(stepNo));
  const running = concurrencyOf(lives.flatMap(({ attempts }) => attempts));
  return {
    levels: analysis.levels.map((level) => level.map(name)),
    criticalPath: {
      steps: analysis.criticalPath.steps.map((step) => ({
        name: name(step),
        status: steps[step]!.state,
        durationSeconds: lives[step]!.ranMs / 1000,
        waitSeconds: lives[step]!.waitedMs === null ? null : lives[step]!.waitedMs / 1000,
      })),
      durationSeconds: analysis.criticalPath.ranMs / 1000,
      finished: analysis.criticalPath.steps.every((step) => isFinished(steps[step]!.state)),
    },
    parallelism: {
      levels: analysis.levels.length,
      maxWidth: Math.max(...analysis.levels.map(({ length }) => length)),
      averageWidth: rounded(steps.length / analysis.levels.length),
      maxRunning: running.most,
      averageRunning: rounded(running.average),
    },
    readySteps: steps.filter((row) => isReady(row, at)).map(({ stepNo }) => name(stepNo)),
    runningSteps: inState('in_progress'),
    blockedSteps: analysis.blocked.map(name),
    errorChains: analysis.blockages.map((blockage) => errorChain(steps[blockage.step]!, blockage, name)),
  };
}

const isFinished = (state: StepState): boolean => (FINISHED_STEP_STATES as readonly StepState[]).includes(state);

/** Whether nothing but a worker, a limit or a pause keeps it. */
const isReady = ({ state, dueAt }: StepRow, at: Date): boolean =>
  state === 'ready' || (state === 'waiting_for_retry' && (dueAt === null || dueAt <= at));

/** What the audit says of a step: its attempts, and from when to when it lived. */
function lifeOf(row: StepRow, moves: readonly TransitionRow[], { at, task }: TaskSnapshot) {
  // one that was passed over on request was claimed, and never attempted
  const begins = moves.filter(({ cause, attempt }) => BEGINS.includes(cause) && attempt <= row.attempt);
  const attempts: Interval[] = begins.map(({ attempt, at: began }) => {
    const end = moves.find((move) => move.attempt === attempt && move.from === 'in_progress');
    return { beganMs: began.getTime(), endedMs: (end?.at ?? at).getTime() };
  });
  const beganMs = Math.min(...attempts.map((attempt) => attempt.beganMs));
  if (attempts.length === 0) return { attempts, ranMs: 0, waitedMs: null };
  const endedMs = (row.finishedAt ?? at).getTime();
  const ready = moves.find(({ cause }) => cause === 'ready')?.at.getTime() ?? beganMs;
  const readyMs = Math.max(ready, task.runAt?.getTime() ?? 0);
  return { attempts, ranMs: Math.max(0, endedMs - beganMs), waitedMs: Math.max(0, beganMs - readyMs) };
}

function errorChain(row: StepRow, { blocked }: Blockage, name: (step: number) => string): ErrorChainView {
  return {
    step: name(row.stepNo),
    status: row.state,
    attempts: row.attempt,
    retryLimit: row.retryLimit,
    nextRetryAt: row.state === 'waiting_for_retry' ? (row.dueAt ?? row.readyAt) : null,
    errorClass: row.error?.error_class ?? null,
    errorCode: row.error?.error_code ?? null,
    message: row.error?.message ?? null,
    blockedCount: blocked.length,
    blockedSteps: blocked.slice(0, MOST_NAMES).map(name),
  };
}

const rounded = (number: number): number => Math.round(number * 100) / 100;
