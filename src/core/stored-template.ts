import { canonicalJson, isPlainObject } from './json.js';
import type { StepTemplate, TaskTemplate } from './template.js';

type Always = 'namespace' | 'name' | 'version' | 'description' | 'schema' | 'failureStrategy' | 'maxDurationSeconds';

type AlwaysOfStep = Exclude<keyof StepTemplate, 'circuitBreaker' | 'inputs' | 'customEvents'>;

/** What a field holds where a template says nothing; a definition is stored without such fields. */
export const TEMPLATE_DEFAULTS: Readonly<Omit<TaskTemplate, Always | 'steps'>> = {
  moduleNamespace: null,
  taskHandlerClass: null,
  taskHandlerPath: null,
  executionMode: 'parallel',
  maxConcurrentSteps: null,
  concurrency: { maxConcurrentTasks: null, maxConcurrentSteps: null, queueSize: null },
  priority: 0,
  tags: [],
  businessRules: [],
  technicalConstraints: { memoryBytes: null, cpus: null, maxDurationSeconds: null, maxConcurrentSteps: null },
  errorHandling: { permanentErrors: [], retryableErrors: [], escalationRules: [] },
  events: { publishing: true, publish: {}, customEvents: [], routes: [] },
  security: { encryption: null, accessControl: null, auditLogging: null, pciCompliance: null, maskedFields: [] },
  performance: { databasePool: null, caching: null, batching: null },
  monitoring: { metrics: [], alerts: [] },
  testing: null,
  handlerConfig: {},
  metadata: null,
};

export const STEP_DEFAULTS: Readonly<Omit<StepTemplate, AlwaysOfStep>> = {
  circuitBreaker: { enabled: true, failureThreshold: null, resetTimeoutMs: null },
  inputs: {},
  customEvents: [],
};

/** A definition as the database holds it: what a template does not say, and what an older release did not know, is missing. */
export type StoredTemplate = Pick<TaskTemplate, Always> &
  Sparse<Omit<TaskTemplate, Always | 'steps'>> & {
    steps: (Pick<StepTemplate, AlwaysOfStep> & Partial<StepTemplate>)[];
  };

type Sparse<T> = { [Key in keyof T]?: T[Key] extends readonly unknown[] ? T[Key] : Partial<T[Key]> };

/**
 * What is stored, and hashed to tell contents apart: fields at their defaults are left out, so that a field which a
 * later release adds changes the hash of no template that does not use it.
 */
export const storedTemplate = (template: TaskTemplate): StoredTemplate => ({
  ...(without(template, TEMPLATE_DEFAULTS) as StoredTemplate),
  steps: template.steps.map((step) => without(step, STEP_DEFAULTS) as StoredTemplate['steps'][number]),
});

/** The template that a stored definition stands for, whichever release has stored it. */
export const revivedTemplate = (stored: StoredTemplate): TaskTemplate => ({
  ...(filled(stored, TEMPLATE_DEFAULTS) as TaskTemplate),
  steps: stored.steps.map((step) => filled(step, STEP_DEFAULTS) as StepTemplate),
});

function without(value: object, defaults: object): object {
  const entries = Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (!Object.hasOwn(defaults, key)) return [[key, inner]];
    const usual = (defaults as Record<string, unknown>)[key];
    if (canonicalJson(inner) === canonicalJson(usual)) return [];
    return [[key, isPlainObject(inner) && isPlainObject(usual) ? without(inner, usual) : inner]];
  });
  return Object.fromEntries(entries) as object;
}

function filled(value: object, defaults: object): object {
  const given = value as Record<string, unknown>;
  const usual = Object.entries(defaults).map(([key, fallback]: [string, unknown]) => {
    const inner = given[key];
    if (inner === undefined) return [key, copyOf(fallback)];
    return [key, isPlainObject(inner) && isPlainObject(fallback) ? filled(inner, fallback) : inner];
  });
  return { ...value, ...(Object.fromEntries(usual) as object) };
}

const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
