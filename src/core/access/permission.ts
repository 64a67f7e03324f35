import type { Finding } from '../errors.js';
import { didYouMean } from '../suggest.js';

const OF_TASKS = ['index', 'show', 'create', 'update', 'cancel', 'retry', 'resolve'] as const;

/** What there is to be permitted, and what can be done to it. */
export const ACTIONS = {
  'tasker.task': OF_TASKS,
  'tasker.workflow_step': OF_TASKS,
  'tasker.handler': ['index', 'show'],
  'tasker.registry': ['index', 'show'],
  /** `index` and `show` are of the catalog, `stream` of what happens to all tasks. */
  'tasker.event': ['index', 'show', 'stream'],
  'tasker.subscription': ['index', 'show', 'update', 'delete'],
  'tasker.health_status': ['index'],
  'tasker.metrics': ['index'],
  'tasker.analytics': ['index'],
  'tasker.alert': ['index'],
  /** The OpenAPI document and its page. */
  'tasker.documentation': ['show'],
} as const;

export type Resource = keyof typeof ACTIONS;
export type ActionOf<R extends Resource> = (typeof ACTIONS)[R][number];
/** `tasker.task:create` */
export type Permission = { [R in Resource]: `${R}:${ActionOf<R>}` }[Resource];

export const PERMISSIONS = Object.entries(ACTIONS).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}:${action}` as Permission),
);

/** What may be held: a permission, all of a resource (`tasker.task:*`), or everything (`*`). */
const GRANTS: readonly string[] = ['*', ...Object.keys(ACTIONS).map((resource) => `${resource}:*`), ...PERMISSIONS];

/** Whether those who hold these may do that. What names nothing grants nothing. */
export function grants(held: readonly string[], wanted: Permission): boolean {
  const ofResource = `${wanted.slice(0, wanted.indexOf(':'))}:*`;
  return held.some((one) => one === wanted || one === ofResource || one === '*');
}

/** What is wrong with permissions that somebody is to be given. */
export function permissionFindings(given: readonly string[]): Finding[] {
  return given
    .filter((one) => !GRANTS.includes(one))
    .map((one) => ({
      path: 'permissions',
      message: `"${one}" is no permission.${didYouMean(one, GRANTS) || ' Write resource:action, such as tasker.task:create; tasker.task:* for all of a resource; * for everything.'}`,
    }));
}
