import { isStepVerbLegal, isTaskVerbLegal, type StepState } from '../../core/states.js';
import type { Reason } from './reason.js';
import { byItself, Verbs, type Remedy } from './remedy.js';
import type { Standing } from './standing.js';

const HIGHEST_PRIORITY = 100;

/** The step that a reason is of; null where it is of the task. */
export interface Concerned {
  name: string;
  state: StepState;
}

/** What would solve a reason, the nearest first; each of the verbs is legal in the states that were read. */
export function remediesOf(standing: Standing, reason: Reason, step: Concerned | null): Remedy[] {
  const { task } = standing;
  const verbs = new Verbs(task.id);
  const on = (verb: 'retry' | 'resolve' | 'complete' | 'skip' | 'cancel', effect: string): Remedy[] =>
    step && isStepVerbLegal(verb, step.state) && isOpen(standing) ? [verbs.step(verb, step.name, effect)] : [];
  const first = (effect: string): Remedy[] =>
    isOpen(standing) && task.priority < HIGHEST_PRIORITY ? [verbs.priority(HIGHEST_PRIORITY, effect)] : [];

  switch (reason.kind) {
    case 'paused':
      return [verbs.task('resume', 'It goes on where it stopped.')];
    case 'stopped':
    case 'expired':
      return standing.task.state === 'error' || standing.stepsIn('error').length > 0 ? repairs(standing, verbs) : [];
    case 'failed':
      return [
        ...on('retry', 'It is tried again, attempts so far do not count, and the task goes on.'),
        ...on('resolve', 'It counts as settled elsewhere, and what depends on it goes on.'),
        ...on('complete', 'It has these results, and what depends on it goes on.'),
        ...on('skip', 'It is passed over, and what depends on it goes on.'),
        ...on('cancel', 'It and all that depends on it is cancelled; the rest goes on.'),
      ];
    case 'dependencies':
      return [
        byItself('wait', 'It starts once its parents are satisfied.'),
        ...on('skip', 'It is passed over ahead of its turn, and what depends on it does not wait for its parents.'),
      ];
    case 'run_at':
      return [byItself('wait', timeText(reason, 'It becomes ready then.'))];
    case 'backoff':
      return [
        byItself('wait', timeText(reason, 'It is tried again then.')),
        ...on('retry', 'It is tried now, and attempts so far do not count.'),
      ];
    case 'circuit':
      return [
        byItself('wait', timeText(reason, 'One step tries the system, and where that succeeds, all go on.')),
        byItself('mend_system', `Once ${reason.blockedBy[0]!.name} answers again, its circuit closes by itself.`),
      ];
    case 'template_limit':
    case 'task_limit':
      return [
        byItself('wait', 'It goes on once one of those that have the places has ended.'),
        ...(reason.kind === 'template_limit' ? first('It gets the next place that is free.') : []),
        byItself('raise_limit', 'Tasks that are created from then on wait less; this one keeps its definition.'),
      ];
    case 'no_worker':
      return [byItself('start_worker', 'It claims the step within seconds.')];
    case 'worker_blocked':
      return [
        byItself('restart_worker', 'A worker whose event loop turns claims again.'),
        byItself('wait', 'It claims again once its event loop turns.'),
      ];
    case 'worker_silent':
      return [byItself('wait', timeText(reason, 'The step is given to another worker.'))];
    case 'worker':
      return [
        byItself('wait', 'It starts once a slot is free.'),
        ...first('It comes before steps of a lower priority.'),
      ];
    case 'outranked':
      return first('It comes before all of a lower priority.');
    case 'running':
      return [
        byItself('wait', timeText(reason, 'It ends by then, or is ended as timed out.')),
        ...on('complete', 'It has these results; the running attempt is told to stop, and what it brings is refused.'),
        ...on('skip', 'It is passed over; the running attempt is told to stop.'),
        ...on('cancel', 'It and all that depends on it is cancelled.'),
      ];
    case 'settling':
      return [byItself('wait', 'A sweep of any worker ends the task within seconds.')];
    case 'complete':
    case 'resolved_manually':
    case 'cancelled':
      return [];
  }
}

const isOpen = ({ task }: Standing): boolean => isTaskVerbLegal('cancel', task.state);

function repairs({ task }: Standing, verbs: Verbs): Remedy[] {
  return [
    verbs.task('retry', 'Its failed steps are tried again, and it goes on with all of its time.'),
    ...(isTaskVerbLegal('resolve', task.state)
      ? [verbs.task('resolve', 'Its failed steps are resolved, those that have not started cancelled.')]
      : []),
  ];
}

/** What a task in error, or one with failed steps, can be repaired with as a whole. */
export const taskRepairs = (standing: Standing): Remedy[] => repairs(standing, new Verbs(standing.task.id));

const timeText = ({ until }: Reason, effect: string): string =>
  until === null ? effect : `Until ${until.toISOString()}. ${effect}`;

/** Each once, in their order. */
export const distinct = (remedies: readonly Remedy[]): Remedy[] => [
  ...new Map(
    remedies.map((remedy) => [JSON.stringify([remedy.action, remedy.request ?? remedy.effect]), remedy]),
  ).values(),
];
