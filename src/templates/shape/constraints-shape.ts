import type { BusinessRule, TechnicalConstraints } from '../../core/template-policies.js';
import { TEMPLATE_DEFAULTS } from '../../core/stored-template.js';
import { bytes, condition, duration, processors } from '../quantities.js';
import { key, located, reader, refuse } from '../reader.js';
import type { Located, Reader, Reading } from '../reader.js';
import { record } from '../record.js';
import { listOf, text, wholeFrom, wordOf } from '../values.js';
import { quoted, writtenAt } from '../written.js';
import type { Written } from '../written.js';
import { shortText } from './names.js';

const MAX_STEPS = 10_000;

const ruleKeys = record(
  {
    name: key('What the rule is called', located(shortText)),
    description: key('What the rule is for', text()),
    type: key('A rule of this type is checked when a task is created', wordOf(['validation']), 'validation'),
    rule: key('A condition over the context that must hold, such as "payment.amount <= 10000"', condition),
    condition: key('The rule is asked only where this condition over the context holds', condition),
    error_message: key('What the creator of a task is told where the rule is broken', text()),
  },
  { what: 'a business rule', required: ['name', 'rule'] },
);

/** A rule that a context must satisfy, with the place of its name. */
const businessRule: Reader<Located<BusinessRule>> = reader(ruleKeys.jsonSchema, (written, label, reading) => {
  const fields = ruleKeys(written, label, reading);
  if (fields?.name === undefined || fields.rule === undefined) return undefined;
  const { name, rule } = fields;
  return {
    at: name.at,
    value: {
      name: name.value,
      description: fields.description ?? null,
      rule,
      condition: fields.condition ?? null,
      errorMessage: fields.error_message ?? `The rule ${quoted(name.value)} is broken: ${rule}`,
    },
  };
});

const resourceKeys = {
  memory_limit: key('Memory that a process which runs the steps must be allowed, such as 512MB', bytes),
  cpu_limit: key('Processors that a process which runs the steps must have, such as 1.0', processors),
};
const resources = record(resourceKeys, { what: 'resource_limits' });

const CONSTRAINTS = ['max_concurrent_steps', 'max_workflow_duration', 'resource_limits'] as const;

const constraintKeys = record(
  {
    name: key('Which constraint it is', wordOf(CONSTRAINTS)),
    value: key(
      'Steps of one task that may run at once; or how long a task may take; or memory_limit and cpu_limit',
      reader<Written>({}, (written) => written),
    ),
    description: key('What the constraint is for', text()),
    ...resourceKeys,
  },
  { what: 'a technical constraint', required: ['name'] },
);

type Read = Partial<TechnicalConstraints>;

const maxSteps = wholeFrom(1, MAX_STEPS);

const technicalConstraint: Reader<Read> = reader(constraintKeys.jsonSchema, (written, label, reading) => {
  const fields = constraintKeys(written, label, reading);
  if (fields?.name === undefined) return undefined;
  if (fields.name === 'resource_limits') {
    const inner = fields.value && resources(fields.value, `${fields.name}.value`, reading);
    const memoryBytes = fields.memory_limit ?? inner?.memory_limit;
    const cpus = fields.cpu_limit ?? inner?.cpu_limit;
    return { ...(memoryBytes !== undefined && { memoryBytes }), ...(cpus !== undefined && { cpus }) };
  }
  refuseResources(written, fields.name, reading);
  if (fields.value === undefined) {
    return refuse(written, `the technical constraint ${fields.name} needs the key "value": add it`, reading);
  }
  return fields.name === 'max_concurrent_steps'
    ? { maxConcurrentSteps: maxSteps(fields.value, `${fields.name}.value`, reading) ?? null }
    : { maxDurationSeconds: duration(fields.value, `${fields.name}.value`, reading) ?? null };
});

function refuseResources(written: Written, name: string, reading: Reading): void {
  for (const limit of Object.keys(resourceKeys)) {
    const value = writtenAt(written, `/${limit}`);
    if (value !== written) refuse(value, `${limit} belongs to the constraint resource_limits, not to ${name}`, reading);
  }
}

const technicalConstraints = listOf(technicalConstraint, 'technical constraints');

/** `constraints`: what contexts and processes must satisfy, and what bounds tasks. */
export const constraints = record(
  {
    business_rules: key(
      'Rules over the context, checked when a task is created',
      listOf(businessRule, 'business rules'),
    ),
    technical_constraints: key(
      'Bounds of a task, and what a process must have to run its steps',
      reader<TechnicalConstraints>(technicalConstraints.jsonSchema, (written, label, reading) => {
        const read = technicalConstraints(written, label, reading);
        return read && { ...TEMPLATE_DEFAULTS.technicalConstraints, ...(Object.assign({}, ...read) as Read) };
      }),
    ),
  },
  { what: 'constraints' },
);
