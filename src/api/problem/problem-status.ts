import type { TaskerErrorCode } from '../../core/errors.js';

/** HTTP status of each of Tasker's errors. Those of 500 are faults of the server, whose words stay there. */
export const PROBLEM_STATUS: Record<TaskerErrorCode, number> = {
  configuration_invalid: 500,
  template_invalid: 500,
  template_not_found: 404,
  template_conflict: 500,
  handler_not_found: 500,
  handler_conflict: 500,
  handler_invalid: 500,
  request_invalid: 400,
  context_invalid: 422,
  idempotency_conflict: 409,
  task_not_found: 404,
  step_not_found: 404,
  illegal_transition: 409,
  wait_timeout: 504,
  event_unknown: 404,
  database_newer: 500,
  database_unavailable: 503,
  embedded_database_failed: 503,
};
