import { fullName } from '../core/template.js';
import type { StepRow } from '../persistence/stores/task.reader.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';

export const WAITING_KINDS = ['circuit', 'task_limit', 'template_limit'] as const;
export type WaitingKind = (typeof WAITING_KINDS)[number];

/** What a step that could run otherwise waits for. */
export interface WaitingView {
  /** The system that it depends on, other steps of its task, or other tasks of its template. */
  kind: WaitingKind;
  detail: string;
  /** Until when at least; null where nobody can say. */
  until: Date | null;
}

/** Null for a step that waits for nothing but its parents, its time, or a worker. */
export function waitingView(entry: CatalogEntry, { gate, circuit }: StepRow): WaitingView | null {
  if (circuit) return { kind: 'circuit', detail: circuitDetail(circuit), until: circuit.probeAt };
  if (gate === null) return null;
  const { maxTasks, maxSteps, maxTaskSteps } = entry.limits;
  const { namespace, name, executionMode } = entry.template;
  const ofAll = `of ${namespace}.${name}, over all workers`;
  switch (gate) {
    case 'task_queue': {
      const detail = `At most ${amount(maxTasks, 'task')} ${ofAll}, ${isOrAre(maxTasks)} in progress at a time (performance.concurrency.max_concurrent_tasks).`;
      return { kind: 'template_limit', detail, until: null };
    }
    case 'template_limit': {
      const detail = `At most ${amount(maxSteps, 'step')} ${ofAll}, run${maxSteps === 1 ? 's' : ''} at a time (performance.concurrency.max_concurrent_steps).`;
      return { kind: 'template_limit', detail, until: null };
    }
    case 'task_limit': {
      const key = executionMode === 'sequential' ? 'execution_mode: sequential' : 'max_concurrent_steps';
      const detail = `At most ${amount(maxTaskSteps, 'step')} of a task of ${fullName(entry.template)} run${maxTaskSteps === 1 ? 's' : ''} at a time (workflow_config.${key}).`;
      // stored by every limited step on its way; shown where its task is what it waits for
      return maxTaskSteps === null ? null : { kind: 'task_limit', detail, until: null };
    }
  }
}

function circuitDetail({ system, state, failures, errorCode, probeAt }: NonNullable<StepRow['circuit']>): string {
  const what = `${failures} attempts in a row failed${errorCode === null ? '' : `, the last with ${errorCode}`}`;
  return state === 'half_open'
    ? `The circuit of ${system} is half open: ${what}. One step is trying whether it is back.`
    : `The circuit of ${system} is open: ${what}. One step tries it again at ${probeAt!.toISOString()}.`;
}

const amount = (limit: number | null, what: string): string => `${limit} ${what}${limit === 1 ? '' : 's'}`;
const isOrAre = (limit: number | null): string => (limit === 1 ? 'is' : 'are');
