/**
 * What has to happen: a verb of an operator's; a repair of the installation (workers, systems); the end of other work;
 * nothing but time. `nothing` for what has ended.
 */
export const MOVERS = ['operator', 'deployment', 'others', 'time', 'nothing'] as const;
export type Mover = (typeof MOVERS)[number];

interface Kind {
  meaning: string;
  movedBy: Mover;
}

/**
 * Every reason for which a task or a step is where it is, in the order in which they have to be solved where several hold
 * for one step.
 */
export const REASONS = {
  paused: { meaning: 'An operator has paused the task: nothing of it starts.', movedBy: 'operator' },
  stopped: {
    meaning: 'A step failed, and the template stops at its first failure: nothing else of the task starts.',
    movedBy: 'operator',
  },
  expired: {
    meaning: 'The `max_duration_seconds` of the task ran out: nothing else of it starts.',
    movedBy: 'operator',
  },
  failed: { meaning: 'The step failed for good, and waits for a repair.', movedBy: 'operator' },
  dependencies: {
    meaning: 'The step waits for its parents; `blocked_by` names the steps that hold it in the end.',
    movedBy: 'others',
  },
  run_at: { meaning: 'The task is not to start before its `run_at`.', movedBy: 'time' },
  backoff: { meaning: 'The last attempt failed, and the next one is not due yet.', movedBy: 'time' },
  circuit: {
    meaning:
      'The circuit of the system that the step depends on is open, or another step is trying whether it is back.',
    movedBy: 'deployment',
  },
  template_limit: {
    meaning: 'Tasks or steps of the same template have all the places that it sets over all workers.',
    movedBy: 'others',
  },
  task_limit: {
    meaning: 'Other steps of the task have all the places that its template sets to one.',
    movedBy: 'others',
  },
  no_worker: { meaning: 'No live worker claims the steps of the handler.', movedBy: 'deployment' },
  worker_blocked: {
    meaning: 'The event loops of the workers that have the handler, or of the one that runs the step, do not turn.',
    movedBy: 'deployment',
  },
  worker_silent: {
    meaning:
      'The worker that runs the step gives no sign of life: it is about to be taken for dead, and the step taken back.',
    movedBy: 'time',
  },
  worker: { meaning: 'The step may start: the next worker with a free slot takes it.', movedBy: 'others' },
  outranked: {
    meaning: 'Others come before it: of a higher priority, or older.',
    movedBy: 'others',
  },
  running: { meaning: 'A worker runs the step.', movedBy: 'time' },
  settling: { meaning: 'Nothing of the task can move any more: a worker is about to end it.', movedBy: 'time' },
  complete: { meaning: 'The task is complete.', movedBy: 'nothing' },
  resolved_manually: { meaning: 'The task was settled by an operator.', movedBy: 'nothing' },
  cancelled: { meaning: 'The task was cancelled.', movedBy: 'nothing' },
} as const satisfies Record<string, Kind>;

export type ReasonKind = keyof typeof REASONS;
export const REASON_KINDS = Object.keys(REASONS) as ReasonKind[];

export const BLOCKER_TYPES = ['step', 'task', 'worker', 'handler', 'system', 'operator'] as const;

/** Who or what stands in the way. */
export interface Blocker {
  type: (typeof BLOCKER_TYPES)[number];
  /** Of a step or a task; null for others, which have names. */
  id: string | null;
  name: string | null;
}

/** Why a task or a step is where it is. */
export interface Reason {
  kind: ReasonKind;
  movedBy: Mover;
  /** A sentence for people. */
  detail: string;
  /** Null where nobody noted it. */
  since: Date | null;
  /** Until when at least; null where nobody can say. */
  until: Date | null;
  /** Ten at most. */
  blockedBy: Blocker[];
}

export const MOST_BLOCKERS = 10;

export const reason = (
  kind: ReasonKind,
  detail: string,
  more: Partial<Omit<Reason, 'kind' | 'detail'>> = {},
): Reason => ({
  kind,
  movedBy: REASONS[kind].movedBy,
  detail,
  since: more.since ?? null,
  until: more.until ?? null,
  blockedBy: (more.blockedBy ?? []).slice(0, MOST_BLOCKERS),
});

export const stepBlocker = (id: string, name: string): Blocker => ({ type: 'step', id, name });
export const taskBlocker = (id: string): Blocker => ({ type: 'task', id, name: null });
export const named = (type: Exclude<Blocker['type'], 'step' | 'task'>, name: string): Blocker => ({
  type,
  id: null,
  name,
});

/** The first reason for which a step cannot start; see `explain` for all of them. */
export interface WaitingView {
  kind: ReasonKind;
  detail: string;
  /** Until when at least; null where nobody can say. */
  until: Date | null;
}

/** Null for a step that runs, has finished, or may be taken by a worker at any moment. */
export function waitingView([first]: readonly Reason[], runs: boolean): WaitingView | null {
  if (!first || runs || first.kind === 'worker') return null;
  return { kind: first.kind, detail: first.detail, until: first.until };
}
