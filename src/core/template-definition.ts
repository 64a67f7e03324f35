import type { BackoffKind } from './backoff.js';
import type { JsonObject } from './json.js';

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
  workflow_config?: WorkflowDefinition;
}

/** Rules for the task as a whole. */
export interface WorkflowDefinition {
  /** What a failed step does to branches that do not depend on it. @default 'continue' */
  failure_strategy?: 'continue' | 'continue_on_failure' | 'stop_on_first_failure';
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
  /** False means one attempt, whatever the limit. @default true */
  default_retryable?: boolean | string;
  /** Attempts in all, the first included, 1 to 32000. @default 3 */
  default_retry_limit?: number | string;
  /** An attempt that runs longer has failed, in seconds. @default handler_config.timeout_seconds, else 300 */
  timeout_seconds?: number | string;
  /** How long to wait between attempts. @default handler_config.retry_backoff, else exponential */
  retry_backoff?: BackoffKind | BackoffDefinition;
  /** Whether the task goes on where the step fails. @default false */
  skippable?: boolean | string;
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
  /** Share by which a delay may differ to either side, 0 to 1. @default 0.1 */
  jitter?: number | string;
}

/** What an environment changes: maps merge, scalars and lists replace, steps merge by name. */
export type EnvironmentDefinition = Partial<Omit<TemplateDefinition, 'environments' | 'step_templates'>> & {
  step_templates?: StepOverlayDefinition[] | Record<string, Partial<StepDefinition> | null>;
};

/** What an environment changes of the step of that name. */
export type StepOverlayDefinition = Partial<StepDefinition> & { name: string };
