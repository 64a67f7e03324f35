import type { Json, JsonObject } from './json.js';
import type { ALERT_SEVERITIES, CACHE_TYPES, EXECUTION_MODES, LOG_LEVELS, METRIC_TYPES } from './template-policies.js';
import type { FailureStrategy } from './template.js';

/** A number, or a text that is one `${NAME}`. */
type Numeric = number | string;
/** A number of seconds, or a text such as `30s`, `15m`, `24h`, `30d`. */
type Duration = number | string;
/** True, false, or a text that is one `${NAME}`. */
type Flag = boolean | string;

/** What holds for the tasks of a template. */
export interface TaskConfigDefinition {
  /** The same as `max_duration_seconds`. */
  timeout_seconds?: Numeric;
  /** Attempts in all of steps that say nothing of it. @default 3 */
  retry_limit?: Numeric;
  /** Whether steps that say nothing of it are tried again. @default true */
  retryable?: Flag;
  /** -100 to 100, or low (-50), normal, high (50), critical (100). @default 0 */
  priority?: Numeric;
  /** Joined to the tags of every task. */
  tags?: string[];
}

/** Another dialect for what holds for tasks and their steps. */
export interface SettingsDefinition {
  /** The same as `max_duration_seconds`. */
  max_execution_time?: Numeric;
  /** The same as `task_config.retry_limit`. */
  default_retry_limit?: Numeric;
  /** Timeout of steps that say nothing of it, in seconds. @default 300 */
  default_timeout?: Numeric;
  /** The same as `workflow_config.failure_strategy`: `strict` stops at the first failure. */
  error_handling?: 'strict' | 'lenient' | FailureStrategy | 'continue_on_failure';
  /** Whether events of its tasks are published, but for those that `events` names. @default true */
  event_publishing?: Flag;
}

/** How the steps of a task run. */
export interface WorkflowDefinition {
  /** @default 'parallel' */
  execution_mode?: (typeof EXECUTION_MODES)[number];
  /** What a failed step does to branches that do not depend on it. @default 'continue' */
  failure_strategy?: FailureStrategy | 'continue_on_failure';
  /** Steps of one task that may run at once. @default no limit */
  max_concurrent_steps?: Numeric;
  /** Added to the timeout of every step, in seconds. @default 0 */
  step_timeout_buffer?: Numeric;
}

/** What contexts and processes must satisfy, and what bounds tasks. */
export interface ConstraintsDefinition {
  /** Checked when a task is created. */
  business_rules?: {
    name: string;
    description?: string;
    type?: 'validation';
    /** A condition over the context that must hold. */
    rule: string;
    /** The rule is asked only where this condition holds. */
    condition?: string;
    error_message?: string;
  }[];
  technical_constraints?: (
    | { name: 'max_concurrent_steps'; value: Numeric; description?: string }
    | { name: 'max_workflow_duration'; value: Duration; description?: string }
    | ({ name: 'resource_limits'; value?: ResourceLimitsDefinition; description?: string } & ResourceLimitsDefinition)
  )[];
}

/** What a process that runs the steps must have. */
export interface ResourceLimitsDefinition {
  /** Bytes, or a text such as `512MB`. */
  memory_limit?: number | string;
  /** Processors. */
  cpu_limit?: number | string;
}

/** An event that handlers may publish. */
export interface CustomEventDefinition {
  /** Dotted; a name without a dot gets the template's namespace before it. */
  name: string;
  description?: string;
  /** JSON Schema of the payload, or the types of its fields by their names. @default any object */
  payload_schema?: JsonObject;
  /** Another name for `payload_schema`. */
  schema?: JsonObject;
}

/** Where an event also goes. */
export interface EventRouteDefinition {
  event: string;
  /** Names of subscribers. */
  publish_to: string[];
}

/** Which events are published: `publish_step_started: false`; which there are beside the system's, and where they go. */
export interface EventsDefinition {
  [publish: `publish_${string}`]: Flag;
  custom_events?: CustomEventDefinition[];
  step_events?: EventRouteDefinition[];
  workflow_events?: EventRouteDefinition[];
}

/** Which errors are worth another attempt, and which are to be told of. Errors are named by class or code. */
export interface ErrorHandlingDefinition {
  permanent_errors?: string[];
  retryable_errors?: string[];
  /** Where the condition over a failed attempt holds, the event `escalation.<action>` is published. */
  escalation_rules?: { condition: string; action: string; description?: string }[];
}

/** What to measure, and what to tell of. */
export interface MonitoringDefinition {
  metrics?: { name: string; type: (typeof METRIC_TYPES)[number]; description?: string; buckets?: number[] }[];
  alerts?: AlertDefinitionInput[];
}

/** An alert over figures of the template, its steps and its metrics. */
export interface AlertDefinitionInput {
  name: string;
  /** A condition such as `success_rate < 0.95`. */
  condition: string;
  /** @default 'warning' */
  severity?: (typeof ALERT_SEVERITIES)[number];
  description?: string;
  /** Span of time that figures are computed over. @default '5m' */
  window?: Duration;
  /** For how long the condition must hold before it fires. @default at once */
  for?: Duration;
  /** The condition under which it is over. @default where `condition` does not hold */
  resolve?: string;
  /** For how long it must have been over before it is resolved. @default at once */
  resolve_after?: Duration;
  /** The one step that it is about. @default the whole template */
  step?: string;
  /** Names of subscribers that are told of it besides those that subscribe to alerts. */
  notify?: string[];
  /** Texts of yours that go with what is told. */
  labels?: Record<string, string>;
  /** @default true */
  enabled?: Flag;
}

/** Encryption, access, audit and masking. */
export interface SecurityDefinition {
  encryption?: {
    enabled?: Flag;
    algorithm?: 'AES-256-GCM' | 'AES-256' | 'AES256' | 'aes-256-gcm' | 'aes-256';
    key_rotation_interval?: Duration;
  };
  pci_compliance?: {
    enabled?: Flag;
    audit_level?: 'level_1' | 'level_2' | 'level_3' | 'level_4';
    data_retention?: Duration;
  };
  access_control?: { authentication_required?: Flag; authorization_method?: 'rbac'; allowed_roles?: string[] };
  audit_logging?: {
    enabled?: Flag;
    log_level?: (typeof LOG_LEVELS)[number];
    include_sensitive_data?: Flag;
    retention_period?: Duration;
  };
  /** Names of fields whose values are hidden in answers, log lines and events, at any depth. */
  masked_fields?: string[];
}

/** Limits over all workers, and what the steps ask of a process. */
export interface PerformanceDefinition {
  concurrency?: {
    max_concurrent_tasks?: Numeric;
    /** Another name for `max_concurrent_tasks`. */
    max_concurrent_workflows?: Numeric;
    max_concurrent_steps?: Numeric;
    queue_size?: Numeric;
  };
  database_pool?: { min_connections?: Numeric; max_connections?: Numeric; connection_timeout?: Duration };
  caching?: { enabled?: Flag; cache_type?: (typeof CACHE_TYPES)[number]; ttl?: Duration };
  batching?: { enabled?: Flag; batch_size?: Numeric; batch_timeout?: Duration };
}

/** What the test kit needs to play the template. */
export interface TestingDefinition {
  /** Values for contexts, by name; `enabled: false` switches them off. */
  test_data?: JsonObject;
  /** What stands for a service in tests, by the name of the service. */
  mock_services?: Record<string, Json>;
  test_scenarios?: {
    name: string;
    description?: string;
    context?: JsonObject;
    steps?: string[];
    expected_error?: string;
    timeout_step?: string;
    retry_expected?: Flag;
  }[];
}
