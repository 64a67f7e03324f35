import type { Json } from '../../core/json.js';

/** What would move a task or a step; `wait` for what happens by itself. */
export const ACTIONS = {
  wait: 'Nothing has to be done.',
  resume: 'Let the paused task go on.',
  retry: 'Have all failed steps of the task tried again.',
  resolve: 'Settle a task in error by hand.',
  retry_step: 'Have the step tried again, or tried now.',
  resolve_step: 'Settle the failed step as resolved elsewhere.',
  complete_step: 'Give the step its results.',
  skip_step: 'Pass over the step.',
  cancel_step: 'Cancel the step and all that depends on it.',
  raise_priority: 'Let the task come before others.',
  start_worker: 'Start a worker whose application has the handler.',
  restart_worker: 'Restart the worker, or mend the handler that blocks it.',
  mend_system: 'Bring the system back that the step depends on.',
  raise_limit: 'Store a version of the template with a higher limit, for tasks to come.',
} as const;

export type RemedyAction = keyof typeof ACTIONS;
export const REMEDY_ACTIONS = Object.keys(ACTIONS) as RemedyAction[];

/** One thing that would move it. */
export interface Remedy {
  action: RemedyAction;
  /** What comes of it. */
  effect: string;
  /** How over HTTP; null where it is nothing that Tasker does. */
  request: RemedyRequest | null;
  /** The same on the command line. */
  command: string | null;
}

export interface RemedyRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Without the prefix of the API in a view of `TaskerClient`; with it over HTTP. */
  path: string;
  /** What is in angle brackets is for the operator to fill in. */
  body: Record<string, Json>;
}

const WHY = '<why>';

/** What is done by nobody, or not with Tasker. */
export const byItself = (action: RemedyAction, effect: string): Remedy => ({
  action,
  effect,
  request: null,
  command: null,
});

/** The verbs on one task and its steps, as requests and commands. */
export class Verbs {
  constructor(private readonly taskId: string) {}

  task(action: 'resume' | 'retry' | 'resolve', effect: string): Remedy {
    const request: RemedyRequest = { method: 'POST', path: `/tasks/${this.taskId}/${action}`, body: { reason: WHY } };
    return { action, effect, request, command: `tasker task ${action} ${this.taskId} --reason '${WHY}'` };
  }

  priority(priority: number, effect: string): Remedy {
    const request: RemedyRequest = { method: 'PATCH', path: `/tasks/${this.taskId}`, body: { priority } };
    return {
      action: 'raise_priority',
      effect,
      request,
      command: `tasker task update ${this.taskId} --priority ${priority}`,
    };
  }

  step(verb: 'retry' | 'resolve' | 'complete' | 'skip' | 'cancel', step: string, effect: string): Remedy {
    const path = `/tasks/${this.taskId}/workflow_steps/${encodeURIComponent(step)}`;
    const results: Record<string, Json> = verb === 'complete' ? { results: { '<name>': '<value>' } } : {};
    const request: RemedyRequest =
      verb === 'cancel'
        ? { method: 'DELETE', path, body: { reason: WHY } }
        : { method: 'PATCH', path, body: { action: verb, reason: WHY, ...results } };
    const given = verb === 'complete' ? " --results '<json>'" : '';
    const command = `tasker step ${verb} ${this.taskId} ${step} --reason '${WHY}'${given}`;
    return { action: `${verb}_step`, effect, request, command };
  }
}
