import { FINISHED_STEP_STATES, type ExecutionStatus, type StepState } from '../core/states.js';

/** What is counted of a task's steps. */
export interface StepTally {
  /** How many steps are in each state; states that no step is in may be left out. */
  stepCounts: Partial<Record<StepState, number>>;
  /** How many steps a worker may claim now. */
  claimable: number;
  /** How many steps wait for their time, and are not held. */
  dueLater: number;
}

/** What a task waits for, if for anything: the nearest thing that will move it. */
export function executionStatus({ stepCounts, claimable, dueLater }: StepTally): ExecutionStatus {
  if (finishedSteps(stepCounts) === totalSteps(stepCounts)) return 'all_complete';
  if (stepCounts.in_progress) return 'processing';
  if (claimable > 0) return 'has_ready_steps';
  if (dueLater > 0) return 'waiting_for_retry';
  if (stepCounts.error) return 'blocked_by_failures';
  return 'waiting_for_dependencies';
}

/** Share of the steps that are finished, 0 to 100, with two decimals. Below 100 while any is not. */
export function completionPercentage(stepCounts: StepTally['stepCounts']): number {
  return Math.floor((finishedSteps(stepCounts) * 10_000) / totalSteps(stepCounts)) / 100;
}

const totalSteps = (counts: StepTally['stepCounts']): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const finishedSteps = (counts: StepTally['stepCounts']): number =>
  FINISHED_STEP_STATES.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
