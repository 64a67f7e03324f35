import { stepId } from '../../core/identity.js';
import { FINISHED_STEP_STATES, SATISFYING_STEP_STATES, type StepState } from '../../core/states.js';
import type { TaskSnapshot } from '../../persistence/stores/task-snapshot.js';
import type { CatalogEntry } from '../../persistence/template-catalog.js';
import { stepBlocker, type Blocker } from './reason.js';

/** How far is counted what comes before a step. */
export const COUNT_TO = 1_000;

/** How workers are known to live. */
export interface SignsOfLife {
  /** After so long without any, a worker is taken for dead, in milliseconds. */
  silentMs: number;
}

/** Where a task stands: what was read of it at one moment, and the template that it was created with. */
export class Standing {
  constructor(
    readonly entry: CatalogEntry,
    readonly snapshot: TaskSnapshot,
    readonly life: SignsOfLife,
  ) {}

  get task(): TaskSnapshot['task'] {
    return this.snapshot.task;
  }

  get at(): Date {
    return this.snapshot.at;
  }

  nameOf(stepNo: number): string {
    return this.entry.step(stepNo).name;
  }

  stateOf(stepNo: number): StepState {
    return this.snapshot.states[stepNo]!;
  }

  blocker(stepNo: number): Blocker {
    return stepBlocker(stepId(this.task.id, stepNo), this.nameOf(stepNo));
  }

  /** Numbers of the steps in this state. */
  stepsIn(state: StepState): number[] {
    return this.snapshot.states.flatMap((each, stepNo) => (each === state ? [stepNo] : []));
  }

  isSilent(seenAt: Date): boolean {
    return this.at.getTime() - seenAt.getTime() > this.life.silentMs;
  }
}

export const isFinished = (state: StepState): boolean => (FINISHED_STEP_STATES as readonly StepState[]).includes(state);

export const isSatisfied = (state: StepState): boolean =>
  (SATISFYING_STEP_STATES as readonly StepState[]).includes(state);
