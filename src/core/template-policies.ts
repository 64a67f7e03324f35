import type { Json, JsonObject } from './json.js';

export const EXECUTION_MODES = ['parallel', 'sequential'] as const;
export type ExecutionMode = (typeof EXECUTION_MODES)[number];

/** How much of a template may be under way over all workers together; null for no limit. */
export interface ConcurrencyLimits {
  /** Tasks in progress at once; the others wait, oldest first within a priority. */
  maxConcurrentTasks: number | null;
  /** Attempts running at once, whatever the task. */
  maxConcurrentSteps: number | null;
  /** Tasks that may wait for their turn; creating one more is refused for now. */
  queueSize: number | null;
}

/** A rule that a task's context must satisfy when the task is created. */
export interface BusinessRule {
  name: string;
  description: string | null;
  /** A condition over the context: true for a context that is in order. */
  rule: string;
  /** A condition over the context: the rule is asked only where it holds; null for always. */
  condition: string | null;
  /** What the creator of a task is told where the rule is broken. */
  errorMessage: string;
}

/** What a process must have to run a template's steps, and what bounds its tasks. Null where nothing is asked for. */
export interface TechnicalConstraints {
  /** Memory that a process which runs its steps must be allowed to use. */
  memoryBytes: number | null;
  /** Processors, of which a share may be asked for. */
  cpus: number | null;
  /** Upper bound of a task's duration; `maxDurationSeconds` has taken it into account. */
  maxDurationSeconds: number | null;
  /** Upper bound of a task's running steps; `maxConcurrentSteps` has taken it into account. */
  maxConcurrentSteps: number | null;
}

/** What a template says about the errors of its handlers. Names are error classes or error codes, upper and lower case alike. */
export interface ErrorHandling {
  /** Errors after which no attempt follows, whatever was thrown. */
  permanentErrors: string[];
  /** Errors after which another attempt follows while there are attempts left, programming errors included. */
  retryableErrors: string[];
  escalationRules: EscalationRule[];
}

/** Asked for each failed attempt; where its condition holds, the event `escalation.<action>` is published. */
export interface EscalationRule {
  /** A condition over the failure and the task's context. */
  condition: string;
  /** Lower-case word such as `escalate_to_support`. */
  action: string;
  description: string | null;
}

/** An event that handlers of the template may publish. */
export interface CustomEvent {
  /** Dotted: a name without a dot has got the template's namespace before it. */
  name: string;
  description: string | null;
  /** JSON Schema of what a handler publishes; null accepts any object. */
  payloadSchema: JsonObject | null;
}

/** Where an event of the template's tasks also goes. */
export interface EventRoute {
  /** Full name of a system event (`step.started`), or of a custom event of the template. */
  event: string;
  /** Names of subscribers, whatever they subscribe to. */
  publishTo: string[];
}

export interface TemplateEvents {
  /** Whether system events of its tasks are published where `publish` says nothing about them. */
  publishing: boolean;
  /** System events by full name, and whether they are published. */
  publish: Record<string, boolean>;
  /** All that handlers may publish, those of single steps included. */
  customEvents: CustomEvent[];
  routes: EventRoute[];
}

export interface Encryption {
  enabled: boolean;
  algorithm: 'aes-256-gcm';
  /** A key older than this is to be replaced by a newer one; null for no such demand. */
  keyRotationIntervalSeconds: number | null;
}

/** Who may work with tasks of the template. */
export interface AccessControl {
  authenticationRequired: boolean;
  authorizationMethod: 'rbac';
  /** Roles of which a caller needs one; empty for any. */
  allowedRoles: string[];
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A log line, one JSON object, for each event of a transition of its tasks and steps, by the process that has committed it. */
export interface AuditLogging {
  enabled: boolean;
  logLevel: (typeof LOG_LEVELS)[number];
  /** False hides the values of `maskedFields` in log lines and events. */
  includeSensitiveData: boolean;
  /** The audit trail of its tasks is kept at least this long; null for as long as others. */
  retentionSeconds: number | null;
}

/** Rules for card data. Card fields are among `maskedFields`, and encryption is on. */
export interface PciCompliance {
  enabled: boolean;
  /** 1 to 4; at 1, each read of a task is logged too, at the level of `auditLogging`, else `info`. */
  auditLevel: number;
  /** Contexts and results of finished tasks are removed after this; null for never. */
  dataRetentionSeconds: number | null;
}

export interface Security {
  encryption: Encryption | null;
  accessControl: AccessControl | null;
  auditLogging: AuditLogging | null;
  pciCompliance: PciCompliance | null;
  /** Names of fields whose values are hidden in answers, log lines and events, at any depth. */
  maskedFields: string[];
}

/** Connections to the database that a process must have for the template's steps, and that these may hold. */
export interface DatabasePool {
  /** A process that runs its steps must have at least so many connections. */
  minConnections: number | null;
  /** Connections that its steps may hold at once in one process, by `transaction()`, whatever the version; the others wait. */
  maxConnections: number | null;
  /** How long `transaction()` waits for a connection before it fails as retryable, `TRANSACTION_TIMEOUT`. */
  connectionTimeoutSeconds: number | null;
}

export const CACHE_TYPES = ['memory', 'redis'] as const;

/** How what is known of a task (its context, results of its steps) is kept near its steps. */
export interface Caching {
  cacheType: (typeof CACHE_TYPES)[number];
  /** A worker forgets what it knows of a task so long after it last used it, or sooner where it runs out of room, and reads it again. */
  ttlSeconds: number;
}

/** How tasks of the template are written together. */
export interface Batching {
  /** At most so many are created in one transaction, but in a caller's own. */
  batchSize: number;
  /** A request to create one is answered `database_unavailable` if it has not been written after this. */
  batchTimeoutSeconds: number;
}

export interface Performance {
  databasePool: DatabasePool | null;
  /** Null where the template does not ask for it, or has switched it off. */
  caching: Caching | null;
  /** Null where the template does not ask for it, or has switched it off. */
  batching: Batching | null;
}

export const METRIC_TYPES = ['counter', 'gauge', 'histogram'] as const;

export interface MetricDefinition {
  name: string;
  type: (typeof METRIC_TYPES)[number];
  description: string | null;
  /** Upper bounds of a histogram's buckets, ascending; null for the default ones. */
  buckets: number[] | null;
}

export const ALERT_SEVERITIES = ['info', 'warning', 'error', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** What is to be told of. Where one of the optional keys is missing, nothing was said of it. */
export interface AlertDefinition {
  name: string;
  /** A condition over figures: see `FIGURES`. */
  condition: string;
  severity: AlertSeverity;
  description: string | null;
  /** Span of time that the figures are computed over; null for the default one. */
  windowSeconds: number | null;
  /** For how long the condition must hold before the alert fires. */
  forSeconds?: number;
  /** The condition under which it is over; without one it is when `condition` does not hold. */
  resolve?: string;
  /** For how long it must have been over before it is resolved. */
  resolveAfterSeconds?: number;
  /** The one step that it is about. */
  step?: string;
  /** Names of subscribers that are told of it besides those that subscribe to alerts. */
  notify?: string[];
  labels?: Record<string, string>;
  enabled?: boolean;
}

export interface Monitoring {
  metrics: MetricDefinition[];
  /** Names are unique. */
  alerts: AlertDefinition[];
}

/** A run that the test kit can play, and what must come of it. */
export interface TestScenario {
  name: string;
  description: string | null;
  /** What its task is created with; null for the test data. */
  context: JsonObject | null;
  /** Steps that must complete; null for all, where nothing is said to fail. */
  steps: string[] | null;
  /** Class or code of the error that must end the task; null if it must complete. */
  expectedError: string | null;
  /** The step whose first attempt times out; null for none. */
  timeoutStep: string | null;
  /** Whether a step must have been tried again; null if either is right. */
  retryExpected: boolean | null;
}

export interface Testing {
  scenarios: TestScenario[];
  /** Values for contexts, by name. */
  testData: Record<string, Json>;
  /** What stands for a service in tests, by the service's name. */
  mockServices: Record<string, Json>;
}
