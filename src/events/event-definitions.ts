import { stepId } from '../core/identity.js';
import {
  DURATION,
  FAILURE_FACTS,
  NEXT_RETRY_AT,
  RESULTS,
  STEP_FACTS,
  TASK_FACTS,
  type JsonSchema,
} from './event-facts.js';
import type { TaskerEventName, TaskerEvents } from './tasker-events.js';

type OptionalKeys<T> = { [Key in keyof T]-?: object extends Pick<T, Key> ? Key : never }[keyof T];

interface EventDefinition<E extends TaskerEventName> {
  description: string;
  facts: { readonly [Fact in Exclude<keyof TaskerEvents[E], 'event'>]: JsonSchema };
  /** Facts that not every such payload has. */
  optional?: readonly OptionalKeys<TaskerEvents[E]>[];
  example: Omit<TaskerEvents[E], 'event'>;
  /** The classes that publish it. */
  firedBy: readonly string[];
}

const TASK_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

const task = {
  timestamp: '2026-01-31T09:30:00.000Z',
  task_id: TASK_ID,
  task_name: 'api_integration_task',
  namespace: 'default',
  version: '1.0.0',
  correlation_id: 'order-17',
};

const step = { ...task, step_id: stepId(TASK_ID, 0), step_name: 'fetch_cart', attempt: 1, retry_limit: 3 };

const refused = {
  error_message: 'The cart does not exist',
  error_class: 'PermanentError',
  error_code: 'HTTP_404',
  error_category: 'invalid_request',
  retryable: false,
};

const timedOut = {
  error_message: 'Step "fetch_cart" ran longer than its timeout_seconds (30).',
  error_class: 'StepTimeoutError',
  error_code: 'STEP_TIMEOUT',
  error_category: 'timeout',
  retryable: true,
};

const workerLost = {
  error_message: 'The worker that ran this attempt died, or could not be reached.',
  error_class: 'WorkerLostError',
  error_code: 'WORKER_LOST',
  error_category: 'infrastructure',
  retryable: true,
};

const FAILED_ATTEMPT = { ...STEP_FACTS, ...FAILURE_FACTS, ...DURATION };

/** The one list of the events: an event that the engine's types name and this list does not, or the reverse, does not compile. */
export const EVENT_DEFINITIONS = {
  'task.initialize_requested': {
    description: 'A task was created and its steps stored.',
    facts: TASK_FACTS,
    example: task,
    firedBy: ['TaskCreation'],
  },
  'task.started': {
    description: 'A worker began the first step of a task.',
    facts: TASK_FACTS,
    example: task,
    firedBy: ['EngineEvents'],
  },
  'task.completed': {
    description: 'Every step of a task is complete, skipped or resolved.',
    facts: { ...TASK_FACTS, ...DURATION },
    example: { ...task, execution_duration: 45.2 },
    firedBy: ['EngineEvents'],
  },
  'task.failed': {
    description: 'A step of a task failed for good and nothing else of it can run.',
    facts: { ...TASK_FACTS, ...DURATION },
    example: { ...task, execution_duration: 12.8 },
    firedBy: ['EngineEvents'],
  },
  'task.cancelled': {
    description: 'A task was cancelled, with all of its steps that had not ended.',
    facts: TASK_FACTS,
    example: task,
    firedBy: ['TaskCancellation'],
  },
  'step.started': {
    description: 'A worker began an attempt of a step.',
    facts: STEP_FACTS,
    example: step,
    firedBy: ['EngineEvents'],
  },
  'step.completed': {
    description: 'An attempt succeeded and its results are stored.',
    facts: { ...STEP_FACTS, ...DURATION, ...RESULTS },
    example: { ...step, execution_duration: 0.21, results: { cart_id: 123, total: 59.9 } },
    firedBy: ['EngineEvents'],
  },
  'step.failed': {
    description: 'An attempt failed and none follows.',
    facts: FAILED_ATTEMPT,
    example: { ...step, ...refused, execution_duration: 0.18 },
    firedBy: ['EngineEvents'],
  },
  'step.retry_scheduled': {
    description: 'An attempt failed and another follows.',
    facts: { ...FAILED_ATTEMPT, ...NEXT_RETRY_AT },
    example: { ...step, ...timedOut, execution_duration: 30.01, next_retry_at: '2026-01-31T09:30:02.000Z' },
    firedBy: ['EngineEvents'],
  },
  'step.skipped': {
    description: 'A step was passed over: on request, or because it is skippable and its last attempt failed.',
    facts: FAILED_ATTEMPT,
    optional: ['error_message', 'error_class', 'error_code', 'error_category', 'retryable', 'execution_duration'],
    example: { ...step, ...refused },
    firedBy: ['EngineEvents'],
  },
  'step.timed_out': {
    description:
      'An attempt ran longer than it may. Beside it comes what follows: a retry, a failure or a skip of the step.',
    facts: FAILED_ATTEMPT,
    example: { ...step, ...timedOut, execution_duration: 30.01 },
    firedBy: ['EngineEvents'],
  },
  'step.worker_lost': {
    description:
      'The worker that ran an attempt died. Where no attempt follows, a failure or a skip of the step comes beside it.',
    facts: FAILED_ATTEMPT,
    example: { ...step, ...workerLost, execution_duration: 10.4 },
    firedBy: ['EngineEvents'],
  },
  'step.cancelled': {
    description: 'A step that had not ended was cancelled with its task.',
    facts: STEP_FACTS,
    example: step,
    firedBy: ['TaskCancellation'],
  },
} satisfies { [E in TaskerEventName]: EventDefinition<E> };
