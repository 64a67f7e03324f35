import type { BackoffPolicy } from './backoff.js';
import type { CircuitBreaker } from './circuit.js';
import type { Json, JsonObject } from './json.js';
import type {
  BusinessRule,
  ConcurrencyLimits,
  CustomEvent,
  ErrorHandling,
  ExecutionMode,
  Monitoring,
  Performance,
  Security,
  TechnicalConstraints,
  TemplateEvents,
  Testing,
} from './template-policies.js';

export const FAILURE_STRATEGIES = ['continue', 'stop_on_first_failure'] as const;
export type FailureStrategy = (typeof FAILURE_STRATEGIES)[number];

/** Where a template goes when it names no namespace, and its version when it names none. */
export const DEFAULT_NAMESPACE = 'default';
export const DEFAULT_VERSION = '0.1.0';
export const DEFAULT_RETRY_LIMIT = 3;
export const DEFAULT_TIMEOUT_SECONDS = 300;

/** A proven definition: names are known and unique, the graph has no cycle, every default is filled in. */
export interface TaskTemplate {
  namespace: string;
  name: string;
  /** Semantic version. */
  version: string;
  description: string | null;
  /** JSON Schema of the context; null accepts any object. */
  schema: JsonObject | null;
  failureStrategy: FailureStrategy;
  /** A task that runs longer than this from its first step is ended as `error`; null for no limit. */
  maxDurationSeconds: number | null;
  /** The `::` path before the names of its classes; null where there is none. */
  moduleNamespace: string | null;
  /** Last part of `task_handler_class`: the class of its task handler, or the handler's name; null where there is none. */
  taskHandlerClass: string | null;
  /** The whole of `task_handler_class`, the module's namespace before it; null where there is none. */
  taskHandlerPath: string | null;
  executionMode: ExecutionMode;
  /** Steps of one task that may run at once: 1 where the mode is sequential; null for no limit. */
  maxConcurrentSteps: number | null;
  /** Limits over all tasks and all workers. */
  concurrency: ConcurrencyLimits;
  /** Priority of tasks whose creator names none, −100 to 100. */
  priority: number;
  /** Joined to the tags of each of its tasks. */
  tags: string[];
  businessRules: BusinessRule[];
  technicalConstraints: TechnicalConstraints;
  errorHandling: ErrorHandling;
  events: TemplateEvents;
  security: Security;
  performance: Performance;
  monitoring: Monitoring;
  /** Null where the template says nothing of tests. */
  testing: Testing | null;
  /** For the task handler; each step's `config` has it beneath its own. `${NAME}` is still in place. */
  handlerConfig: JsonObject;
  /** Whatever the author wants to keep with the template; null for nothing. */
  metadata: JsonObject | null;
  /** At least one. A step's number is its position here. */
  steps: StepTemplate[];
}

export interface StepTemplate {
  name: string;
  description: string | null;
  /** Last part of the template's `handler_class`: a registered name, an alias or a class name. */
  handler: string;
  /** Names of the steps that must be satisfied first. */
  dependsOn: string[];
  /** Given to the handler. `${NAME}` is still in place: secrets are resolved by the worker that runs the step, never stored. */
  config: JsonObject;
  dependentSystem: string | null;
  retryable: boolean;
  /** Attempts in all, the first included: 1 where the step is not retryable. */
  retryLimit: number;
  /** The template's `step_timeout_buffer` is part of it. */
  timeoutSeconds: number;
  backoff: BackoffPolicy;
  /** Whether and when it waits for its dependent system; only for handlers with `circuitBreaker`. */
  circuitBreaker: CircuitBreaker;
  skippable: boolean;
  /** What the step is given beside the task's context; an operator may change it. `${NAME}` is still in place. */
  inputs: JsonObject;
  /** Events that its handler may publish; they are among those of the template. */
  customEvents: CustomEvent[];
}

/** `namespace.name@version` */
export const fullName = (template: { namespace: string; name: string; version: string }): string =>
  `${template.namespace}.${template.name}@${template.version}`;

/** Everything in a task's context is JSON. */
export type TaskContext = Record<string, Json>;
