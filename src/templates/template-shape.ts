import { coerce, parse } from 'semver';
import type { BackoffPolicy } from '../core/backoff.js';
import type { JsonObject } from '../core/json.js';
import type { FailureStrategy } from '../core/template.js';
import { MAX_SECONDS, backoff } from './backoff-reader.js';
import { boolean, freeMap, listOf, located, number, oneOf, refuse, text } from './reader.js';
import type { Located, Reader } from './reader.js';
import { record } from './record.js';
import { shown } from './written.js';
import type { Place, Written } from './written.js';

const MAX_NAME = 255;
const MAX_STEPS = 10_000;

/** Timers count milliseconds in 31 bits: about 24 days. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/** What a step says; where a value could not be read, nothing. */
export interface StepFields {
  at: Place;
  name?: Located<string>;
  description?: string;
  handler_class?: Located<string>;
  dependsOn: Located<string>[];
  handler_config?: JsonObject;
  dependent_system?: string;
  default_retryable?: boolean;
  default_retry_limit?: number;
  timeout_seconds?: number;
  retry_backoff?: BackoffPolicy;
  skippable?: boolean;
}

/** What a template says; where a value could not be read, nothing. */
export interface TemplateFields {
  name: Located<string>;
  namespace_name: Located<string>;
  namespace: Located<string>;
  version: string;
  description: string;
  default_dependent_system: string;
  named_steps: Located<string>[];
  schema: { json: JsonObject; written: Written };
  step_templates: StepFields[];
  environments: never;
  max_duration_seconds: number;
  workflow_config: { failure_strategy?: FailureStrategy };
}

const notEmpty = (value: string): string | null =>
  value.trim() === '' || value.length > MAX_NAME ? `must be 1 to ${MAX_NAME} characters` : null;

const name = text((value) =>
  value.length <= MAX_NAME && /^[A-Za-z0-9_./:-]+$/.test(value)
    ? null
    : `must be 1 to ${MAX_NAME} letters, digits and _ - . / :`,
);

const version = text((value) => {
  const parsed = parse(value);
  if (parsed && /^\d/.test(value) && value === value.trim()) return null;
  const meant = value.length <= MAX_NAME ? coerce(value, { includePrerelease: true })?.version : undefined;
  return `must be a full semantic version such as ${meant ?? '1.0.0'}`;
});

/** Of `ApiTask::StepHandler::CartFetchStepHandler` the last part. */
const handler: Reader<string> = (written, label, reading) => {
  const path = text((value) =>
    value.split('::').every((part) => /^[A-Za-z0-9_./:$-]+$/.test(part)) && value.length <= MAX_NAME
      ? null
      : "must be a handler's name, or a :: path that ends in it",
  )(written, label, reading);
  return path?.split('::').at(-1);
};

const timeout = number({
  must: `a number of seconds from 0.001 to ${MAX_TIMEOUT_SECONDS}`,
  allows: (value) => value >= 0.001 && value <= MAX_TIMEOUT_SECONDS,
});

const parent: Reader<string> = (written, label, reading) =>
  written.kind === 'list'
    ? refuse(written, `${label} must be the name of one step, but is a list: use depends_on_steps`, reading)
    : name(written, label, reading);

const parents: Reader<Located<string>[]> = (written, label, reading) =>
  written.kind === 'scalar' && typeof written.value === 'string'
    ? refuse(written, `${label} must be a list of step names, but is ${shown(written)}: use depends_on_step`, reading)
    : listOf(located(name), 'step names')(written, label, reading);

interface StepKeys extends Omit<StepFields, 'at' | 'dependsOn'> {
  depends_on_step?: Located<string>;
  depends_on_steps?: Located<string>[];
}

const stepKeys = record<StepKeys>(
  {
    name: located(name),
    description: text(),
    handler_class: located(handler),
    depends_on_step: located(parent),
    depends_on_steps: parents,
    handler_config: freeMap('kept'),
    dependent_system: text(notEmpty),
    default_retryable: boolean,
    default_retry_limit: number({
      must: 'a whole number from 1 to 32000',
      allows: (value) => Number.isInteger(value) && value >= 1 && value <= 32_000,
    }),
    timeout_seconds: timeout,
    retry_backoff: backoff,
    skippable: boolean,
  },
  { what: 'a step', required: ['name', 'handler_class'], unsupported: ['custom_events', 'inputs'] },
);

const step: Reader<StepFields> = (written, label, reading) => {
  const keys = stepKeys(written, label, reading);
  if (keys === undefined || written.kind !== 'map') return undefined;
  const { depends_on_step, depends_on_steps, ...fields } = keys;
  const config = written.entries.get('handler_config')?.value;
  const inConfig = <T>(key: string, reader: Reader<T>): T | undefined => {
    const value = config?.kind === 'map' ? config.entries.get(key)?.value : undefined;
    return value && !written.entries.has(key) ? reader(value, `handler_config.${key}`, reading) : undefined;
  };
  return {
    ...fields,
    at: written.at,
    dependsOn: [...(depends_on_step ? [depends_on_step] : []), ...(depends_on_steps ?? [])],
    timeout_seconds: fields.timeout_seconds ?? inConfig('timeout_seconds', timeout),
    retry_backoff: fields.retry_backoff ?? inConfig('retry_backoff', backoff),
  };
};

const steps: Reader<StepFields[]> = (written, label, reading) => {
  const list = listOf(step, 'steps')(written, label, reading);
  if (written.kind !== 'list') return list;
  const { length } = written.items;
  if (length === 0) return refuse(written, `${label} must hold at least one step, but is empty: add one`, reading);
  if (length <= MAX_STEPS) return list;
  return refuse(
    written,
    `${label} must hold at most ${MAX_STEPS} steps, but holds ${length}: split the template`,
    reading,
  );
};

const json = freeMap('filled');
const schema: Reader<TemplateFields['schema']> = (written, label, reading) => {
  const filled = json(written, label, reading);
  return filled && { json: filled, written };
};

/** The dialect: every key that a template may hold. */
export const templateShape = record<TemplateFields>(
  {
    name: located(name),
    namespace_name: located(name),
    namespace: located(name),
    version,
    description: text(),
    default_dependent_system: text(notEmpty),
    named_steps: listOf(located(name), 'step names'),
    schema,
    step_templates: steps,
    // Laid over the base before the shape is read.
    environments: () => undefined,
    max_duration_seconds: number({
      must: 'a number of seconds, more than 0',
      allows: (value) => value > 0 && value <= MAX_SECONDS,
    }),
    workflow_config: record<{ failure_strategy?: FailureStrategy }>(
      {
        failure_strategy: oneOf<FailureStrategy>({
          continue: 'continue',
          continue_on_failure: 'continue',
          stop_on_first_failure: 'stop_on_first_failure',
        }),
      },
      {
        what: 'workflow_config',
        unsupported: ['execution_mode', 'max_concurrent_steps', 'step_timeout_buffer'],
      },
    ),
  },
  {
    what: 'a task template',
    required: ['name', 'step_templates'],
    unsupported: [
      'module_namespace',
      'task_handler_class',
      'custom_events',
      'task_config',
      'settings',
      'constraints',
      'events',
      'error_handling',
      'monitoring',
      'alerts',
      'security',
      'performance',
      'testing',
      'handler_config',
      'metadata',
    ],
  },
);
