import type { BackoffPolicy } from './backoff.js';
import type { Json, JsonObject } from './json.js';

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
  timeoutSeconds: number;
  backoff: BackoffPolicy;
  skippable: boolean;
}

/** `namespace.name@version` */
export const fullName = (template: { namespace: string; name: string; version: string }): string =>
  `${template.namespace}.${template.name}@${template.version}`;

/** Everything in a task's context is JSON. */
export type TaskContext = Record<string, Json>;
