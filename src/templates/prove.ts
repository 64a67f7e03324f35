import { parseCondition } from '../core/condition/condition.js';
import { isPlainObject } from '../core/json.js';
import type { JsonObject } from '../core/json.js';
import { checkAgreement } from './agreement.js';
import { checkAlerts } from './alert-names.js';
import { checkEvents } from './declared-events.js';
import type { Located, Reading } from './reader.js';
import { schemaProblems } from './schema-compiler.js';
import type { StepFields } from './shape/step-shape.js';
import { slipOf } from './slip.js';
import { checkGraph } from './step-graph.js';
import type { TemplateFields } from './template-shape.js';
import { quoted, writtenAt } from './written.js';
import type { Written } from './written.js';

/** Names that templates may give in `handler_class` or `task_handler_class`. */
export interface HandlerNames {
  has(key: string): boolean;
  names(): string[];
  /**
   * What is wrong with the config of a step that names the handler, at JSON pointers into it.
   *
   * @param env - where its placeholders are looked up; null where their values are not known
   */
  configProblems?(
    key: string,
    config: JsonObject,
    env: NodeJS.ProcessEnv | null,
  ): readonly { pointer: string; message: string }[];
}

/** The handlers that a process has; where one of them is not given, any name is right. */
export interface KnownHandlers {
  handlers?: HandlerNames;
  taskHandlers?: HandlerNames;
}

/** Checks what no single value shows: names against each other, the graph, the handlers, the schemas. */
export function prove(fields: TemplateFields, written: Written, reading: Reading, known: KnownHandlers): void {
  const { named_steps, schema, step_templates: steps, task_handler_class: taskHandler } = fields;
  checkAgreement(fields, reading);
  checkEvents(fields, reading);
  checkUnique(fields, reading);
  for (const { pointer, message } of schema ? schemaProblems(schema.json, reading.compiledSchemas) : []) {
    reading.findings.report(writtenAt(schema!.written, pointer).at, message);
  }
  checkRuleNames(fields, reading);
  if (taskHandler && known.taskHandlers) checkTaskHandler(taskHandler, known.taskHandlers, reading);
  if (!steps) return;
  const allNamed = isWhole(written, 'step_templates', steps) && steps.every(({ name }) => name);
  checkGraph(steps, allNamed, reading);
  if (named_steps) {
    if (isWhole(written, 'named_steps', named_steps)) checkAllowed(steps, named_steps, reading);
    checkTemplated(named_steps, steps, allNamed, reading);
  }
  if (allNamed) {
    checkScenarios(fields, steps, reading);
    checkAlerts(fields, steps, reading);
  }
  if (known.handlers) checkHandlers(steps, known.handlers, reading);
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

function checkHandlers(steps: readonly StepFields[], handlers: HandlerNames, reading: Reading): void {
  const { findings, suggestions, env } = reading;
  const names = handlers.names();
  for (const { handler_class: handler, handler_config: config, at } of steps) {
    if (!handler) continue;
    if (!handlers.has(handler.value)) {
      const suggestion = suggestions.didYouMean(handler.value, names);
      findings.report(
        handler.at,
        `there is no step handler ${quoted(handler.value)}.${suggestion || ` Decorate a provider with @StepHandler('${handler.value}')`}`,
      );
    }
    for (const { pointer, message } of handlers.configProblems?.(handler.value, config?.json ?? {}, env) ?? []) {
      findings.report(config ? writtenAt(config.written, pointer).at : at, message);
    }
  }
}

/** A template needs no task handler: a name that nobody has is a mistake only where it is nearly somebody's. */
function checkTaskHandler({ value, at }: Located<string>, handlers: HandlerNames, { findings }: Reading): void {
  const last = value.split('::').at(-1)!;
  if (handlers.has(last)) return;
  const meant = slipOf(last, handlers.names());
  if (meant === null) return;
  findings.report(
    at,
    `there is no task handler ${quoted(last)}. Did you mean ${quoted(meant)}? Else decorate a provider with @TaskHandler`,
  );
}

/** Whatever has a name in the template has it alone. */
function checkUnique({ constraints, monitoring, alerts, testing }: TemplateFields, { findings }: Reading): void {
  const kinds: [kind: string, named: readonly Located<{ name: string }>[]][] = [
    ['business rule', constraints?.business_rules ?? []],
    ['metric', monitoring?.metrics ?? []],
    ['alert', [...(monitoring?.alerts ?? []), ...(alerts ?? [])]],
    ['test scenario', testing?.scenarios ?? []],
  ];
  for (const [kind, named] of kinds) {
    const first = new Map<string, string>();
    for (const { value, at } of named) {
      const place = first.get(value.name);
      if (place === undefined) first.set(value.name, at.text);
      else findings.report(at, `the ${kind} ${quoted(value.name)} is given twice, first at ${place}: rename one`);
    }
  }
}

function checkScenarios(
  { testing }: TemplateFields,
  steps: readonly StepFields[],
  { findings, suggestions }: Reading,
): void {
  const names = steps.map(({ name }) => name!.value);
  for (const { value, at } of testing?.scenarios.flatMap((scenario) => scenario.steps) ?? []) {
    if (names.includes(value)) continue;
    findings.report(at, `there is no step ${quoted(value)} to test.${suggestions.didYouMean(value, names)}`);
  }
}

/** Where a schema allows no other properties, a rule that names one could never be kept. */
function checkRuleNames({ constraints, schema }: TemplateFields, { findings, suggestions }: Reading): void {
  const properties = schema && onlyProperties(schema.json);
  if (!properties) return;
  for (const { value, at } of constraints?.business_rules ?? []) {
    const names = [value.rule, value.condition ?? 'true'].flatMap((text) => parseCondition(text).names());
    const unknown = names.find((name) => !properties.includes(name.split('.', 1)[0]!));
    if (unknown === undefined) continue;
    const first = unknown.split('.', 1)[0]!;
    const suggestion = suggestions.didYouMean(first, properties);
    findings.report(
      at,
      `the rule ${quoted(value.name)} asks for ${quoted(first)}, which the schema does not allow in a context.${suggestion}`,
    );
  }
}

/** The names of all properties that a context may have; null where there may be others. */
function onlyProperties({ additionalProperties, properties, patternProperties }: JsonObject): string[] | null {
  const closed = additionalProperties === false && patternProperties === undefined && isPlainObject(properties);
  return closed ? Object.keys(properties) : null;
}
