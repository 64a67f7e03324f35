import type { LogIds, LogScope } from '../core/log-scope.js';

/** Work on an event: log lines of its subscribers carry the ids of what it tells of. */
export class EventScope implements LogScope {
  constructor(private readonly payload: object) {}

  get logIds(): LogIds {
    const { correlation_id, task_id, task_name, namespace, step_name, attempt } = this.payload as LogIds;
    return { correlation_id, task_id, task_name, namespace, step_name, attempt };
  }
}
