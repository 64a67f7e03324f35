import type { BackoffKind } from './backoff.js';
import type { JsonObject } from './json.js';
import type {
  AlertDefinitionInput,
  ConstraintsDefinition,
  CustomEventDefinition,
  ErrorHandlingDefinition,
  EventsDefinition,
  MonitoringDefinition,
  PerformanceDefinition,
  SecurityDefinition,
  SettingsDefinition,
  TaskConfigDefinition,
  TestingDefinition,
  WorkflowDefinition,
} from './policy-definitions.js';

/** A task template as code gives it: the same keys, the same rules and the same checks as in YAML. */
export interface TemplateDefinition {
  /** Letters, digits and `_ - . / :`, at most 255. */
  name: string;
  /** @default 'default' */
  namespace_name?: string;
  /** Another name for `namespace_name`. */
  namespace?: string;
  /** Full semantic version. @default '0.1.0' */
  version?: string;
  description?: string;
  /** The `::` path before the names of its classes. */
  module_namespace?: string;
  /** Class or name of a task handler, or a `::` path that ends in either. */
  task_handler_class?: string;
  /** The external system of every step that names none of its own. */
  default_dependent_system?: string;
  /** If given: exactly the names of the steps. */
  named_steps?: string[];
  /** JSON Schema of the context. @default any object */
  schema?: JsonObject;
  /** At least one. */
  step_templates: StepDefinition[];
  /** What differs in an environment, by its name. */
  environments?: Record<string, EnvironmentDefinition | null>;
  /** A task that runs longer is ended as an error, in seconds. @default no limit */
  max_duration_seconds?: number | string;
  task_config?: TaskConfigDefinition;
  settings?: SettingsDefinition;
  workflow_config?: WorkflowDefinition;
  constraints?: ConstraintsDefinition;
  events?: EventsDefinition;
  /** Events that handlers may publish. */
  custom_events?: CustomEventDefinition[];
  error_handling?: ErrorHandlingDefinition;
  monitoring?: MonitoringDefinition;
  /** Joined to `monitoring.alerts`. */
  alerts?: AlertDefinitionInput[];
  security?: SecurityDefinition;
  performance?: PerformanceDefinition;
  testing?: TestingDefinition;
  /** For the task handler, and laid under the `handler_config` of every step. */
  handler_config?: JsonObject;
  /** Whatever is to be kept with the template. */
  metadata?: JsonObject;
}

/** A step of a template. */
export interface StepDefinition {
  /** Letters, digits and `_ - . / :`, at most 255; unique in the template. */
  name: string;
  description?: string;
  /** A handler's registered name or class name, or a `::` path whose last part is either. */
  handler_class: string;
  /** A step that must be satisfied first. */
  depends_on_step?: string;
  /** Steps that must be satisfied first; joined with `depends_on_step`. */
  depends_on_steps?: string[];
  /** Given to the handler; `${NAME}` is filled in by the worker that runs the step. */
  handler_config?: JsonObject;
  /** The external system that the step talks to. @default the template's default_dependent_system */
  dependent_system?: string;
  /** False means one attempt, whatever the limit. @default that of the template, else true */
  default_retryable?: boolean | string;
  /** Attempts in all, the first included, 1 to 32000. @default that of the template, else 3 */
  default_retry_limit?: number | string;
  /** An attempt that runs longer has failed, in seconds. @default handler_config.timeout_seconds, that of the template, else 300 */
  timeout_seconds?: number | string;
  /** How long to wait between attempts. @default handler_config.retry_backoff, else exponential */
  retry_backoff?: BackoffKind | BackoffDefinition;
  /** Whether the task goes on where the step fails. @default false */
  skippable?: boolean | string;
  /** Events that the handler may publish. */
  custom_events?: CustomEventDefinition[];
  /** What the step is given beside the task's context; an operator may change it. */
  inputs?: JsonObject;
}

/** Delays between attempts, in seconds. */
export interface BackoffDefinition {
  /** @default 'exponential' */
  kind?: BackoffKind;
  /** Delay before the second attempt, in seconds. @default 1 */
  initial_delay?: number | string;
  /** No delay is longer, in seconds. @default 30, or initial_delay where that is more */
  max_delay?: number | string;
  /** Growth per attempt of the exponential kind, at least 1. @default 2 */
  multiplier?: number | string;
  /** Share by which a delay may differ to either side, 0 to 1; true is the default one. @default 0.1 */
  jitter?: number | boolean | string;
}

/** What an environment changes: maps merge, scalars and lists replace, steps merge by name. */
export type EnvironmentDefinition = Partial<Omit<TemplateDefinition, 'environments' | 'step_templates'>> & {
  step_templates?: StepOverlayDefinition[] | Record<string, Partial<StepDefinition> | null>;
};

/** What an environment changes of the step of that name. */
export type StepOverlayDefinition = Partial<StepDefinition> & { name: string };
