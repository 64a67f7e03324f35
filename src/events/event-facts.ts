import type { FailureFacts, StepFacts, TaskFacts } from './tasker-events.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema for each fact that such payloads carry beside `event`. */
type Schemas<Facts> = { readonly [Fact in Exclude<keyof Facts, 'event'>]: JsonSchema };

export const TASK_FACTS: Schemas<TaskFacts> = {
  timestamp: { type: 'string', format: 'date-time', description: 'When it was published' },
  task_id: { type: 'string', format: 'uuid', description: 'The task' },
  task_name: { type: 'string', description: 'Name of its template' },
  namespace: { type: 'string', description: 'Namespace of its template' },
  version: { type: 'string', description: 'Version of its template' },
  correlation_id: { type: 'string', description: 'What the request that created the task is followed by' },
};

export const STEP_FACTS: Schemas<StepFacts> = {
  ...TASK_FACTS,
  step_id: { type: 'string', format: 'uuid', description: 'The step' },
  step_name: { type: 'string', description: 'Its name in the template' },
  attempt: { type: 'integer', minimum: 0, description: 'Number of the attempt, from 1; 0 before the first' },
  retry_limit: { type: 'integer', minimum: 0, description: 'How many attempts the step has' },
};

export const FAILURE_FACTS: Schemas<FailureFacts> = {
  error_message: { type: 'string', description: 'What the attempt failed with, in words' },
  error_class: { type: 'string', description: "Name of the error's class" },
  error_code: { type: ['string', 'null'], description: 'Machine-readable reason' },
  error_category: { type: ['string', 'null'], description: 'Kind of failure' },
  retryable: { type: 'boolean', description: 'Whether another attempt could help' },
};

export const DURATION = {
  execution_duration: {
    type: 'number',
    description: 'Seconds that the attempt took, or the task since its first step began',
  },
} as const;

export const NEXT_RETRY_AT = {
  next_retry_at: { type: 'string', format: 'date-time', description: 'When the next attempt is due' },
} as const;

export const RESULTS = { results: { description: 'What the handler returned: any JSON' } } as const;
