import type { ErrorHandling, EscalationRule } from '../../core/template-policies.js';
import { condition } from '../quantities.js';
import { key, reader, refuse } from '../reader.js';
import type { Reader } from '../reader.js';
import { record } from '../record.js';
import { listOf, matching, text } from '../values.js';
import { quoted, writtenAt } from '../written.js';
import { errorName } from './names.js';

const ruleKeys = record(
  {
    condition: key(
      'Asked for each failed attempt, such as "retry_count >= 3" or "error_type == \'card_declined\' AND payment.amount > 1000"',
      condition,
    ),
    action: key(
      'What is to happen: the event escalation.<action> is published',
      matching(/^[a-z][a-z0-9_]{0,99}$/, 'a lower-case word such as escalate_to_support'),
    ),
    description: key('What the rule is for', text()),
  },
  { what: 'an escalation rule', required: ['condition', 'action'] },
);

const escalationRule: Reader<EscalationRule> = reader(ruleKeys.jsonSchema, (written, label, reading) => {
  const fields = ruleKeys(written, label, reading);
  if (fields?.condition === undefined || fields.action === undefined) return undefined;
  return { condition: fields.condition, action: fields.action, description: fields.description ?? null };
});

const errorNames = listOf(errorName, 'error classes and codes');

const keys = record(
  {
    permanent_errors: key(
      'Classes or codes of errors after which a step is not tried again; upper and lower case are alike',
      errorNames,
    ),
    retryable_errors: key(
      'Classes or codes of errors after which a step is tried again while it has attempts left, programming errors included',
      errorNames,
    ),
    escalation_rules: key('What to tell of, and when', listOf(escalationRule, 'escalation rules')),
  },
  { what: 'error_handling' },
);

/** `error_handling`: which errors are worth another attempt, and which are to be told of. */
export const errorHandling: Reader<ErrorHandling> = reader(keys.jsonSchema, (written, label, reading) => {
  const fields = keys(written, label, reading);
  if (fields === undefined) return undefined;
  const { permanent_errors = [], retryable_errors = [], escalation_rules = [] } = fields;
  const permanent = new Set(permanent_errors.map((each) => each.toLowerCase()));
  const both = retryable_errors.find((each) => permanent.has(each.toLowerCase()));
  if (both !== undefined) {
    const at = writtenAt(written, '/retryable_errors');
    refuse(at, `retryable_errors holds ${quoted(both)}, which permanent_errors holds too: remove one`, reading);
  }
  return {
    permanentErrors: permanent_errors,
    retryableErrors: retryable_errors,
    escalationRules: escalation_rules,
  };
});
