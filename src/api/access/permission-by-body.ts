import type { Permission } from '../../core/access/permission.js';
import { isPlainObject } from '../../core/json.js';
import type { Requirement } from '../../auth/requirement.js';

/** What operators do to steps. To give a step's results, or to pass over it, is to settle it by hand, as to resolve it. */
const STEP_VERBS = {
  retry: 'tasker.workflow_step:retry',
  resolve: 'tasker.workflow_step:resolve',
  complete: 'tasker.workflow_step:resolve',
  skip: 'tasker.workflow_step:resolve',
  cancel: 'tasker.workflow_step:cancel',
  update: 'tasker.workflow_step:update',
} as const;

/** What operators do to tasks. */
const TASK_VERBS = {
  retry: 'tasker.task:retry',
  resolve: 'tasker.task:resolve',
  cancel: 'tasker.task:cancel',
  pause: 'tasker.task:update',
  resume: 'tasker.task:update',
  update: 'tasker.task:update',
} as const;

/** For `PATCH …/workflow_steps/{step}`: by its `action`, which is to update where none is given. */
export const OF_STEP_ACTION: [Requirement['permissions'], Requirement['of']] = [
  ['tasker.workflow_step:update', 'tasker.workflow_step:retry', 'tasker.workflow_step:resolve'],
  (body) => ofVerb(STEP_VERBS, body),
];

/** For `POST /tasks/bulk_actions`: by its `action`, and by whether it names a step. */
export const OF_BULK_ACTION: [Requirement['permissions'], Requirement['of']] = [
  [...new Set<Permission>([...Object.values(TASK_VERBS), ...Object.values(STEP_VERBS)])] as [
    Permission,
    ...Permission[],
  ],
  (body) => ofVerb(given(body, 'step') == null ? TASK_VERBS : STEP_VERBS, body),
];

function ofVerb(verbs: Record<'update', Permission> & Record<string, Permission>, body: unknown): Permission {
  const action = given(body, 'action');
  // what is no verb is refused as no valid body
  return typeof action === 'string' && Object.hasOwn(verbs, action) ? verbs[action]! : verbs.update;
}

const given = (body: unknown, field: string): unknown =>
  isPlainObject(body) && Object.hasOwn(body, field) ? body[field] : undefined;
