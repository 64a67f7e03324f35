import { TASK_STATES } from '../core/states.js';
import { ALERT_ENDS } from '../core/alerts/alert-end.js';
import { ALERT_SEVERITIES } from '../core/template-policies.js';
import type {
  AlertEventFacts,
  BackoffFacts,
  CircuitFacts,
  EventFacts,
  ExportFacts,
  FailureFacts,
  OperatorFacts,
  RegistryFacts,
  StepFacts,
  TaskFacts,
  WorkerFacts,
} from './tasker-events.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema for each fact that such payloads carry beside `event`. */
type Schemas<Facts> = { readonly [Fact in Exclude<keyof Facts, 'event'>]: JsonSchema };

export const EVENT_FACTS: Schemas<EventFacts> = {
  timestamp: { type: 'string', format: 'date-time', description: 'When it was published' },
  event_id: {
    type: 'string',
    description: 'Where it was read from the audit trail: the same for every delivery of the event',
  },
};

/** Facts that any payload may lack. */
export const OPTIONAL_FACTS: readonly string[] = ['event_id'];

export const TASK_FACTS: Schemas<TaskFacts> = {
  ...EVENT_FACTS,
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

export const OPERATOR_FACTS: Schemas<OperatorFacts> = {
  actor: { type: ['string', 'null'], description: 'Who acted' },
  reason: { type: ['string', 'null'], description: 'Why' },
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

export const BACKOFF_FACTS: Schemas<BackoffFacts> = {
  backoff_seconds: { type: 'number', minimum: 0, description: 'Seconds from the failure to the next attempt' },
  backoff_type: {
    enum: ['exponential', 'linear', 'fixed', 'none', 'server_requested'],
    description: "The step's kind of backoff, or that the service has said when to come back",
  },
  ...NEXT_RETRY_AT,
};

export const RESULTS = { results: { description: 'What the handler returned: any JSON' } } as const;

export const VIABLE_STEPS = {
  step_ids: { type: 'array', items: { type: 'string', format: 'uuid' }, description: 'The steps' },
  step_names: { type: 'array', items: { type: 'string' }, description: 'Their names, in the same order' },
  step_count: { type: 'integer', minimum: 1, description: 'How many they are' },
} as const;

export const STANDSTILL = {
  execution_status: {
    enum: ['waiting_for_retry', 'waiting_for_dependencies', 'blocked_by_failures'],
    description: 'Why nothing of the task can run',
  },
} as const;

export const STATUS = { status: { enum: TASK_STATES, description: 'The state that the task is in now' } } as const;

export const WORKER_FACTS: Schemas<WorkerFacts> = {
  ...EVENT_FACTS,
  worker_id: { type: 'integer', description: "Number of the worker's incarnation" },
  worker_name: { type: 'string', description: 'Its name, as attempts show it' },
  host: { type: 'string', description: 'The host that it runs on' },
  pid: { type: 'integer', description: 'Its process there' },
};

export const SLOTS = { slots: { type: 'integer', minimum: 1, description: 'Steps that it runs at once' } } as const;

export const REGISTRY_FACTS: Schemas<RegistryFacts> = {
  ...EVENT_FACTS,
  correlation_id: {
    type: 'string',
    description: 'What the request that created the task is followed by; of registries, what was changed at once',
  },
  registry_name: { type: 'string', description: 'The registry' },
  entity_type: { type: 'string', description: 'What it holds' },
  entity_id: { type: 'string', description: 'The entry: its name, or namespace/name/version' },
  entity_class: { type: 'string', description: 'Its class' },
  options: { type: 'object', description: 'What it was registered with' },
};

export const REFUSED = { validation_error: { type: 'string', description: 'Why the entry was refused' } } as const;

export const CIRCUIT_FACTS: Schemas<CircuitFacts> = {
  ...EVENT_FACTS,
  dependent_system: { type: 'string', description: 'The system whose steps wait, or waited' },
};

export const OUTAGE = {
  failures: { type: 'integer', minimum: 1, description: 'Attempts that failed in a row, over all workers' },
  reset_seconds: { type: 'number', exclusiveMinimum: 0, description: 'For how long the system is left alone' },
  error_message: { type: 'string', description: 'What the last attempt failed with' },
} as const;

export const EXPORT_FACTS: Schemas<ExportFacts> = {
  ...EVENT_FACTS,
  format: { type: 'string', description: 'Format of the export' },
  what: { enum: ['tasks', 'metrics'], description: 'What was exported' },
  file: { type: ['string', 'null'], description: 'The file that it is written to; null where it was asked for' },
};

export const EXPORTED = {
  record_count: { type: 'integer', minimum: 0, description: 'How many tasks, or samples of metrics' },
  byte_count: { type: 'integer', minimum: 0, description: 'Size of the export' },
} as const;

const textOrNull = (description: string): JsonSchema => ({ type: ['string', 'null'], description });

export const ALERT_FACTS: Schemas<AlertEventFacts> = {
  ...EVENT_FACTS,
  alert_id: { type: 'string', format: 'uuid', description: 'The alert: the same whenever it fires' },
  alert_name: { type: 'string', description: 'Name of the alert' },
  severity: { enum: ALERT_SEVERITIES, description: 'How bad the alert is' },
  namespace: textOrNull('Namespace of its template; of an alert, the one that it is about, null for all'),
  task_name: textOrNull('Name of its template; of an alert, the one that it is about, null for all'),
  version: textOrNull('Version of its template; of an alert, the one that declares it, null where a file does'),
  step_name: textOrNull('Its name in the template; of an alert, the step that it is about, null for all'),
  correlation_id: {
    type: 'string',
    description:
      'What the request that created the task is followed by; of registries, what was changed at once; of alerts, a firing and its end',
  },
  condition: { type: 'string', description: 'Under which the alert fires' },
  description: textOrNull('What the alert means'),
  window_seconds: { type: 'number', exclusiveMinimum: 0, description: 'Seconds that the figures are of' },
  figures: {
    type: 'object',
    additionalProperties: { type: ['number', 'null'] },
    description: 'What the condition was asked over; null for what had no value',
  },
  labels: { type: 'object', additionalProperties: { type: 'string' }, description: 'Of the alert, as declared' },
  fired_at: { type: 'string', format: 'date-time', description: 'When the alert fired' },
};

export const ALERT_END = {
  resolved_at: { type: 'string', format: 'date-time', description: 'When the alert was over' },
  firing_duration: { type: 'number', minimum: 0, description: 'Seconds that the alert was firing' },
  reason: { enum: ALERT_ENDS, description: 'Why they acted; of an alert that is over, why it is' },
} as const;
