import type { StepState, TaskState } from '../../index.js';
import type { Span, Style } from './style.js';

interface Look {
  sign: string;
  style: Style;
}

const UNKNOWN: Look = { sign: '?', style: 'white' };

/** Tasks have a part of the states of steps, under the same names. */
const LOOKS: Record<TaskState | StepState, Look> = {
  pending: { sign: '·', style: 'gray' },
  ready: { sign: '○', style: 'blue' },
  in_progress: { sign: '●', style: 'yellow' },
  waiting_for_retry: { sign: '↻', style: 'magenta' },
  error: { sign: '✖', style: 'red' },
  complete: { sign: '✔', style: 'green' },
  resolved_manually: { sign: '✔', style: 'cyan' },
  skipped: { sign: '»', style: 'cyan' },
  cancelled: { sign: '⊘', style: 'gray' },
};

export const signOf = (state: string): Span => {
  const { sign, style } = lookOf(state);
  return { text: sign, style };
};

export const stateSpan = (state: string): Span => ({ text: state, style: lookOf(state).style });

/** A newer server may have more states. */
const lookOf = (state: string): Look => (Object.hasOwn(LOOKS, state) ? LOOKS[state as StepState] : UNKNOWN);
