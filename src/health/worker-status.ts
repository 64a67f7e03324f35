/** Token of the worker's `WorkerProbe`; not provided where the process does not hold the role `worker`. */
export const WORKER_STATUS = Symbol('tasker:worker_status');

/** What the worker says of itself; read anew for each check. Times are in milliseconds since 1970; 0 before the first. */
export interface WorkerProbe {
  readonly state: 'starting' | 'live' | 'draining' | 'stopped';
  /** When it last asked the database for work and was answered. */
  readonly lastPollAt: number;
  /** When the database last took its heartbeat. */
  readonly lastBeatAt: number;
}
