import type { Finding } from '../core/errors.js';
import { isPlainObject, type Json, type JsonObject } from '../core/json.js';
import type { StepVerb, TaskVerb } from '../core/states.js';
import { didYouMean } from '../core/suggest.js';
import { jsonFindings } from './context-shape.js';
import { invalid } from './refusals.js';
import { priority, tags, text } from './request-shape.js';

/** Who acts and why, for the audit trail. */
export interface ActOptions {
  /** Who. */
  actor?: string;
  /** Why. */
  reason?: string;
}

export interface RetryTaskOptions extends ActOptions {
  /** Attempts that each failed step gets from now on. @default what it has */
  retryLimit?: number;
}

export interface RetryStepOptions extends ActOptions {
  /** Attempts that it gets from now on. @default what it has */
  retryLimit?: number;
  /** What its handler sees as `step.inputs` from now on, in place of the template's. @default what it has */
  inputs?: JsonObject;
}

export interface ResolveStepOptions extends ActOptions {
  /** What the steps after it see as its results. @default none */
  results?: Json;
}

export interface CompleteStepOptions extends ActOptions {
  /** What the steps after it see as its results; not null. */
  results: Json;
}

/** What a task is given in place of what it has; at least one. */
export interface TaskChanges {
  /** Who. */
  actor?: string;
  tags?: string[];
  /** The task's own. */
  reason?: string;
  /** −100 to 100, higher first; also of its steps that are not finished. */
  priority?: number;
}

/** What a step's attempts are given from now on; `retryLimit`, `inputs` or both. */
export type StepChanges = RetryStepOptions;

const MAX_TEXT = 255;
const MAX_REASON = 4000;
/** As templates have it. */
const MAX_RETRY_LIMIT = 32_000;

const one = (path: string, message: string | null): Finding[] => (message === null ? [] : [{ path, message }]);

/** Everything that is wrong with an option's value. */
const CHECKS = {
  actor: (value: unknown, path: string) => one(path, text(value, MAX_TEXT)),
  reason: (value: unknown, path: string) => one(path, text(value, MAX_REASON)),
  tags,
  priority: (value: unknown, path: string) => one(path, priority(value)),
  results: (value: unknown, path: string) =>
    value === null ? one(path, 'must not be null') : jsonFindings(value, path),
  retryLimit: (value: unknown, path: string) => {
    const fits = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_RETRY_LIMIT;
    return one(path, fits ? null : `must be a whole number from 1 to ${MAX_RETRY_LIMIT}`);
  },
  inputs: (value: unknown, path: string) =>
    isPlainObject(value) ? jsonFindings(value, path) : one(path, 'must be an object'),
} as const;
type Option = keyof typeof CHECKS;

const WHO_AND_WHY = ['actor', 'reason'] as const;

/** What each verb takes; `required` must be given, and one of `oneOf`. */
interface Takes {
  options: readonly Option[];
  required?: readonly Option[];
  oneOf?: readonly Option[];
}

const TASK_OPTIONS: Record<TaskVerb, Takes> = {
  retry: { options: [...WHO_AND_WHY, 'retryLimit'] },
  resolve: { options: WHO_AND_WHY },
  pause: { options: WHO_AND_WHY },
  resume: { options: WHO_AND_WHY },
  cancel: { options: WHO_AND_WHY },
  update: { options: ['actor', 'tags', 'reason', 'priority'], oneOf: ['tags', 'reason', 'priority'] },
};

const STEP_OPTIONS: Record<StepVerb, Takes> = {
  retry: { options: [...WHO_AND_WHY, 'retryLimit', 'inputs'] },
  resolve: { options: [...WHO_AND_WHY, 'results'] },
  complete: { options: [...WHO_AND_WHY, 'results'], required: ['results'] },
  skip: { options: WHO_AND_WHY },
  cancel: { options: WHO_AND_WHY },
  update: {
    options: [...WHO_AND_WHY, 'retryLimit', 'inputs'],
    oneOf: ['retryLimit', 'inputs'],
  },
};

/** Everything that is wrong with what a verb on a task is given. */
export const taskOptionFindings = (verb: TaskVerb, given: object): Finding[] =>
  findingsOf(verb, given, TASK_OPTIONS[verb]);

/** Everything that is wrong with what a verb on a step is given. */
export const stepOptionFindings = (verb: StepVerb, given: object): Finding[] =>
  findingsOf(verb, given, STEP_OPTIONS[verb]);

/** @throws TaskerError `request_invalid` */
export const checkTaskOptions = (verb: TaskVerb, given: object): void => refuse(verb, taskOptionFindings(verb, given));

/** @throws TaskerError `request_invalid` */
export const checkStepOptions = (verb: StepVerb, given: object): void => refuse(verb, stepOptionFindings(verb, given));

function refuse(verb: string, findings: readonly Finding[]): void {
  if (findings.length > 0) throw invalid('request_invalid', `What ${verb} is given is not valid`, findings);
}

function findingsOf(verb: string, given: object, { options, required = [], oneOf = [] }: Takes): Finding[] {
  const values = Object.entries(given).filter(([, value]) => value !== undefined);
  const findings = values.flatMap(([path, value]) =>
    (options as readonly string[]).includes(path)
      ? CHECKS[path as Option](value, path)
      : one(path, `is not taken by ${verb}.${didYouMean(path, options)}`),
  );
  const isGiven = (option: Option): boolean => values.some(([path]) => path === option);
  for (const path of required) if (!isGiven(path)) findings.push({ path, message: 'is required' });
  if (oneOf.length > 0 && !oneOf.some(isGiven)) {
    findings.push({ path: '', message: `must say what to change: ${oneOf.join(', ')}` });
  }
  return findings;
}
