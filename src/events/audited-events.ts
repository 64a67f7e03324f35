import { categoryOf, customNameProblem } from './event-name.js';

/**
 * Whether an event can be read from the audit trail, by durable subscribers, those of scope `cluster` and streams: all
 * that happens to tasks, steps and alerts, and what handlers publish. Others are published only in the process in which they happen.
 */
export const isAudited = (event: string): boolean =>
  ['task', 'step', 'alert'].includes(categoryOf(event)) ||
  event === 'workflow.task_finalized' ||
  customNameProblem(event) === null;
