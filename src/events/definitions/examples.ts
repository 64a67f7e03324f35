import { stepId } from '../../core/identity.js';

const TASK_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

export const event = { timestamp: '2026-01-31T09:30:00.000Z' };

export const task = {
  ...event,
  task_id: TASK_ID,
  task_name: 'api_integration_task',
  namespace: 'default',
  version: '1.0.0',
  correlation_id: 'order-17',
};

export const step = { ...task, step_id: stepId(TASK_ID, 0), step_name: 'fetch_cart', attempt: 1, retry_limit: 3 };

export const refused = {
  error_message: 'The cart does not exist',
  error_class: 'PermanentError',
  error_code: 'HTTP_404',
  error_category: 'invalid_request',
  retryable: false,
};

export const timedOut = {
  error_message: 'Step "fetch_cart" ran longer than its timeout_seconds (30).',
  error_class: 'StepTimeoutError',
  error_code: 'STEP_TIMEOUT',
  error_category: 'timeout',
  retryable: true,
};

export const workerLost = {
  error_message: 'The worker that ran this attempt died, or could not be reached.',
  error_class: 'WorkerLostError',
  error_code: 'WORKER_LOST',
  error_category: 'infrastructure',
  retryable: true,
};

export const worker = { ...event, worker_id: 12, worker_name: 'shop-1-4711', host: 'shop-1', pid: 4711 };

export const operator = { actor: 'ann@example.org', reason: 'The gateway is back' };
