import type { BackoffPolicy } from '../../core/backoff.js';
import type { CircuitBreaker } from '../../core/circuit.js';
import type { JsonObject } from '../../core/json.js';
import { backoff } from '../backoff-reader.js';
import { MAX_RETRY_LIMIT, timeoutSeconds } from '../quantities.js';
import { key, located, reader, refuse } from '../reader.js';
import type { Located, Reader } from '../reader.js';
import { record } from '../record.js';
import { boolean, freeMap, listOf, text, wholeFrom } from '../values.js';
import { shown } from '../written.js';
import type { Place, Written } from '../written.js';
import { circuitBreaker } from './circuit-shape.js';
import { customEvents } from './events-shape.js';
import type { DeclaredEvent } from './events-shape.js';
import { handlerPath, name, shortText } from './names.js';

const MAX_STEPS = 10_000;

/** What a step says; where a value could not be read, nothing. */
export interface StepFields {
  at: Place;
  name?: Located<string>;
  description?: string;
  handler_class?: Located<string>;
  dependsOn: Located<string>[];
  handler_config?: { json: JsonObject; written: Written };
  dependent_system?: string;
  default_retryable?: boolean;
  default_retry_limit?: number;
  timeout_seconds?: number;
  retry_backoff?: BackoffPolicy;
  circuit_breaker?: CircuitBreaker;
  skippable?: boolean;
  custom_events?: DeclaredEvent[];
  inputs?: JsonObject;
}

/** Of `ApiTask::StepHandler::CartFetchStepHandler` the last part. */
const handler: Reader<string> = reader(handlerPath.jsonSchema, (written, label, reading) =>
  handlerPath(written, label, reading)?.split('::').at(-1),
);

const parent: Reader<string> = reader(name.jsonSchema, (written, label, reading) =>
  written.kind === 'list'
    ? refuse(written, `${label} must be the name of one step, but is a list: use depends_on_steps`, reading)
    : name(written, label, reading),
);

const stepNames = listOf(located(name), 'step names');
const parents: Reader<Located<string>[]> = reader(stepNames.jsonSchema, (written, label, reading) =>
  written.kind === 'scalar' && typeof written.value === 'string'
    ? refuse(written, `${label} must be a list of step names, but is ${shown(written)}: use depends_on_step`, reading)
    : stepNames(written, label, reading),
);

const free = freeMap('kept');
const config: Reader<NonNullable<StepFields['handler_config']>> = reader(free.jsonSchema, (written, label, reading) => {
  const json = free(written, label, reading);
  return json && { json, written };
});

const keys = record(
  {
    name: key('Unique in the template', located(name)),
    description: key('What the step does', text()),
    handler_class: key(
      "A handler's registered name or class name, or a :: path whose last part is either",
      located(handler),
    ),
    depends_on_step: key('A step that must be satisfied first', located(parent)),
    depends_on_steps: key('Steps that must be satisfied first; joined with depends_on_step', parents),
    handler_config: key(
      'Given to the handler, laid over the handler_config of the root. timeout_seconds and retry_backoff in it are honoured where the step sets none of its own; circuit_breaker { enabled, failure_threshold, reset_timeout_seconds } says when the step waits for its dependent system. ${NAME} is filled in by the worker that runs the step',
      config,
    ),
    dependent_system: key('The external system that the step talks to; by default default_dependent_system', shortText),
    default_retryable: key('False means one attempt, whatever the limit; by default task_config.retryable', boolean),
    default_retry_limit: key(
      'Attempts in all, the first included; by default task_config.retry_limit, else 3',
      wholeFrom(1, MAX_RETRY_LIMIT),
    ),
    timeout_seconds: key(
      'An attempt that runs longer has failed; by default handler_config.timeout_seconds, settings.default_timeout, else 300',
      timeoutSeconds,
    ),
    retry_backoff: key('How long to wait between attempts: a kind, or delays in seconds', backoff, 'exponential'),
    skippable: key('Whether the task goes on where the step fails', boolean, false),
    custom_events: key('Events that the handler may publish', customEvents),
    inputs: key("What the step is given beside the task's context; an operator may change it", free),
  },
  { what: 'a step', required: ['name', 'handler_class'] },
);

const step: Reader<StepFields> = reader(keys.jsonSchema, (written, label, reading) => {
  const read = keys(written, label, reading);
  if (read === undefined || written.kind !== 'map') return undefined;
  const { depends_on_step, depends_on_steps, ...fields } = read;
  const given = written.entries.get('handler_config')?.value;
  const inConfig = <T>(name: string, inner: Reader<T>): T | undefined => {
    const value = given?.kind === 'map' ? given.entries.get(name)?.value : undefined;
    return value && !written.entries.has(name) ? inner(value, `handler_config.${name}`, reading) : undefined;
  };
  return {
    ...fields,
    at: written.at,
    dependsOn: [...(depends_on_step ? [depends_on_step] : []), ...(depends_on_steps ?? [])],
    timeout_seconds: fields.timeout_seconds ?? inConfig('timeout_seconds', timeoutSeconds),
    retry_backoff: fields.retry_backoff ?? inConfig('retry_backoff', backoff),
    circuit_breaker: inConfig('circuit_breaker', circuitBreaker),
  };
});

const list = listOf(step, 'steps');

/** `step_templates`: the nodes of the graph, at least one. */
export const steps: Reader<StepFields[]> = reader(
  { ...list.jsonSchema, minItems: 1, maxItems: MAX_STEPS },
  (written, label, reading) => {
    const read = list(written, label, reading);
    if (written.kind !== 'list') return read;
    const { length } = written.items;
    if (length === 0) return refuse(written, `${label} must hold at least one step, but is empty: add one`, reading);
    if (length <= MAX_STEPS) return read;
    const message = `${label} must hold at most ${MAX_STEPS} steps, but holds ${length}: split the template`;
    return refuse(written, message, reading);
  },
);
