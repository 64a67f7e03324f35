import type { StepState } from '../core/states.js';

/** In what a step's node is drawn. */
interface Colours {
  fill: string;
  stroke: string;
  text: string;
}

/** The colours of each state, in every kind of picture. */
export const STATE_COLOURS: Record<StepState, Colours> = {
  pending: { fill: '#f3f4f6', stroke: '#9ca3af', text: '#374151' },
  ready: { fill: '#dbeafe', stroke: '#3b82f6', text: '#1e3a8a' },
  in_progress: { fill: '#fef3c7', stroke: '#f59e0b', text: '#78350f' },
  waiting_for_retry: { fill: '#ffedd5', stroke: '#f97316', text: '#7c2d12' },
  error: { fill: '#fee2e2', stroke: '#ef4444', text: '#7f1d1d' },
  complete: { fill: '#dcfce7', stroke: '#22c55e', text: '#14532d' },
  resolved_manually: { fill: '#ccfbf1', stroke: '#14b8a6', text: '#134e4a' },
  skipped: { fill: '#ede9fe', stroke: '#8b5cf6', text: '#4c1d95' },
  cancelled: { fill: '#e5e7eb', stroke: '#6b7280', text: '#1f2937' },
};
