import { EXECUTION_MODES } from '../../core/template-policies.js';
import type { FailureStrategy } from '../../core/template.js';
import { MAX_RETRY_LIMIT, MAX_TIMEOUT_SECONDS, priority, spanOfSeconds, timeoutSeconds } from '../quantities.js';
import { key, located } from '../reader.js';
import { record } from '../record.js';
import { boolean, listOf, numberFrom, oneOf, wholeFrom, wordOf } from '../values.js';
import { shortText } from './names.js';

const MAX_STEPS = 10_000;

const FAILURE_STRATEGIES = {
  continue: 'continue',
  continue_on_failure: 'continue',
  stop_on_first_failure: 'stop_on_first_failure',
} satisfies Record<string, FailureStrategy>;

/** `task_config`: what holds for the tasks of the template. */
export const taskConfig = record(
  {
    timeout_seconds: key('The same as max_duration_seconds', located(spanOfSeconds)),
    retry_limit: key(
      'Attempts in all of steps that say nothing of it, the first included',
      located(wholeFrom(1, MAX_RETRY_LIMIT)),
      3,
    ),
    retryable: key('Whether steps that say nothing of it are tried again', boolean, true),
    priority: key(
      'Priority of tasks whose creator names none: low is -50, normal 0, high 50, critical 100',
      priority,
      0,
    ),
    tags: key('Joined to the tags of every task', listOf(shortText, 'tags')),
  },
  { what: 'task_config' },
);

/** `settings`: another dialect for what holds for tasks and their steps. */
export const settings = record(
  {
    max_execution_time: key('The same as max_duration_seconds', located(spanOfSeconds)),
    default_retry_limit: key('The same as task_config.retry_limit', located(wholeFrom(1, MAX_RETRY_LIMIT)), 3),
    default_timeout: key('Timeout of steps that say nothing of it, in seconds', timeoutSeconds, 300),
    error_handling: key(
      'The same as workflow_config.failure_strategy: strict stops at the first failure, lenient goes on',
      located(oneOf<FailureStrategy>({ strict: 'stop_on_first_failure', lenient: 'continue', ...FAILURE_STRATEGIES })),
      'lenient',
    ),
    event_publishing: key(
      'Whether events of its tasks are published, but for those that `events` names',
      boolean,
      true,
    ),
  },
  { what: 'settings' },
);

/** `workflow_config`: how the steps of a task run. */
export const workflowConfig = record(
  {
    execution_mode: key(
      'Whether independent steps of a task run at once, or one after the other',
      wordOf(EXECUTION_MODES),
      'parallel',
    ),
    failure_strategy: key(
      'What a failed step does to branches that do not depend on it',
      located(oneOf<FailureStrategy>(FAILURE_STRATEGIES)),
      'continue',
    ),
    max_concurrent_steps: key('Steps of one task that may run at once', wholeFrom(1, MAX_STEPS)),
    step_timeout_buffer: key(
      'Added to the timeout of every step, in seconds',
      numberFrom(0, MAX_TIMEOUT_SECONDS, 'a number of seconds'),
      0,
    ),
  },
  { what: 'workflow_config' },
);
