import { DEFAULT_BACKOFF } from '../core/backoff.js';
import { DEFAULT_NAMESPACE, DEFAULT_RETRY_LIMIT, DEFAULT_TIMEOUT_SECONDS, DEFAULT_VERSION } from '../core/template.js';
import type { StepTemplate, TaskTemplate } from '../core/template.js';
import { schemaProblems } from './schema-compiler.js';
import type { Located, Reading } from './reader.js';
import { checkGraph } from './step-graph.js';
import type { StepFields, TemplateFields } from './template-shape.js';
import { quoted, writtenAt } from './written.js';
import type { Written } from './written.js';

/** Names that templates may give in `handler_class`. */
export interface HandlerNames {
  has(key: string): boolean;
  names(): string[];
}

/** Checks what no single value shows: names against each other, the graph, the handlers, the schema. */
export function prove(
  fields: Partial<TemplateFields>,
  written: Written,
  reading: Reading,
  handlers?: HandlerNames,
): void {
  const { namespace, namespace_name, schema, step_templates: steps } = fields;
  if (namespace && namespace_name && namespace.value !== namespace_name.value) {
    reading.findings.report(
      namespace.at,
      `namespace must be the same as namespace_name (${namespace_name.at.text}), but is ${quoted(namespace.value)}: give only one`,
    );
  }
  if (schema && isNew(JSON.stringify(schema.json), reading.compiledSchemas)) {
    for (const { pointer, message } of schemaProblems(schema.json)) {
      reading.findings.report(writtenAt(schema.written, pointer).at, message);
    }
  }
  if (!steps) return;
  const allNamed = isWhole(written, 'step_templates', steps) && steps.every(({ name }) => name);
  checkGraph(steps, allNamed, reading);
  if (fields.named_steps) {
    const allListed = isWhole(written, 'named_steps', fields.named_steps);
    if (allListed) checkAllowed(steps, fields.named_steps, reading);
    checkTemplated(fields.named_steps, steps, allNamed, reading);
  }
  if (handlers) checkHandlers(steps, handlers, reading);
}

function isNew(text: string, known: Set<string>): boolean {
  return known.size < known.add(text).size;
}

/** Whether every item of the list could be read. */
function isWhole(written: Written, key: string, read: readonly unknown[]): boolean {
  const list = written.kind === 'map' ? written.entries.get(key)?.value : undefined;
  return list?.kind === 'list' && list.items.length === read.length;
}

function checkAllowed(
  steps: readonly StepFields[],
  named: readonly Located<string>[],
  { findings, suggestions }: Reading,
): void {
  const allowed = new Set(named.map(({ value }) => value));
  for (const { name } of steps) {
    if (!name || allowed.has(name.value)) continue;
    const suggestion = suggestions.didYouMean(name.value, [...allowed]);
    findings.report(name.at, `the step ${quoted(name.value)} is not in named_steps.${suggestion || ' Add it there'}`);
  }
}

function checkTemplated(
  named: readonly Located<string>[],
  steps: readonly StepFields[],
  allNamed: boolean,
  { findings, suggestions }: Reading,
): void {
  const templated = new Set(steps.flatMap(({ name }) => name?.value ?? []));
  const seen = new Set<string>();
  for (const { value, at } of named) {
    if (seen.has(value)) findings.report(at, `named_steps holds ${quoted(value)} twice: remove one`);
    else if (allNamed && !templated.has(value)) {
      const mend = suggestions.didYouMean(value, [...templated]) || ' Add one, or remove the name';
      findings.report(at, `the named step ${quoted(value)} has no step template.${mend}`);
    }
    seen.add(value);
  }
}

function checkHandlers(steps: readonly StepFields[], handlers: HandlerNames, { findings, suggestions }: Reading): void {
  const names = handlers.names();
  for (const { handler_class: handler } of steps) {
    if (!handler || handlers.has(handler.value)) continue;
    const suggestion = suggestions.didYouMean(handler.value, names);
    findings.report(
      handler.at,
      `there is no step handler ${quoted(handler.value)}.${suggestion || ` Decorate a provider with @StepHandler('${handler.value}')`}`,
    );
  }
}

/** The proven template, defaults filled in. Only for fields without findings. */
export function built(fields: Partial<TemplateFields>): TaskTemplate {
  return {
    namespace: (fields.namespace_name ?? fields.namespace)?.value ?? DEFAULT_NAMESPACE,
    name: fields.name!.value,
    version: fields.version ?? DEFAULT_VERSION,
    description: fields.description ?? null,
    schema: fields.schema?.json ?? null,
    failureStrategy: fields.workflow_config?.failure_strategy ?? 'continue',
    maxDurationSeconds: fields.max_duration_seconds ?? null,
    steps: fields.step_templates!.map((step) => builtStep(step, fields.default_dependent_system ?? null)),
  };
}

function builtStep(step: StepFields, defaultSystem: string | null): StepTemplate {
  const retryable = step.default_retryable ?? true;
  return {
    name: step.name!.value,
    description: step.description ?? null,
    handler: step.handler_class!.value,
    dependsOn: [...new Set(step.dependsOn.map(({ value }) => value))],
    config: step.handler_config ?? {},
    dependentSystem: step.dependent_system ?? defaultSystem,
    retryable,
    retryLimit: retryable ? (step.default_retry_limit ?? DEFAULT_RETRY_LIMIT) : 1,
    timeoutSeconds: step.timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS,
    backoff: { ...DEFAULT_BACKOFF, ...step.retry_backoff },
    skippable: step.skippable ?? false,
  };
}
