import { ALERT_SEVERITIES } from '../../core/template-policies.js';
import type { AlertDefinition } from '../../core/template-policies.js';
import { condition, duration } from '../quantities.js';
import { checked, key, located, reader } from '../reader.js';
import type { FieldsOf } from '../record.js';
import type { Located, Reader } from '../reader.js';
import { record } from '../record.js';
import { boolean, freeMap, listOf, text, wordOf } from '../values.js';
import type { Place } from '../written.js';
import { name, shortText } from './names.js';

/** Roll-ups of minutes are kept for two days, and longer windows would be of hours. */
const LONGEST_WINDOW_SECONDS = 86_400;

/** An alert with the places of what is proven later. */
export interface LocatedAlert extends Located<AlertDefinition> {
  places: { condition: Place; resolve: Place | null; step: Place | null };
}

const window = checked(duration, (seconds, label) =>
  seconds <= LONGEST_WINDOW_SECONDS ? null : `${label} must be at most a day (24h)`,
);

const labels = checked(freeMap('filled'), (map, label) =>
  Object.values(map).every((value) => typeof value === 'string') ? null : `${label} must be a map of texts by names`,
);

/** Keys of an alert, whoever declares it. */
export const ALERT_KEYS = {
  name: key('What the alert is called', located(shortText)),
  condition: key(
    'A condition over figures, such as "success_rate < 0.95" or "step_execution_time > 30s"',
    located(condition),
  ),
  severity: key('How bad it is', wordOf(ALERT_SEVERITIES), 'warning'),
  description: key('What it means, for those who are woken by it', text()),
  window: key('Span of time that figures are computed over: seconds, or a duration such as 5m', window, '5m'),
  for: key('For how long the condition must hold before it fires', duration),
  resolve: key('The condition under which it is over; by default, where `condition` does not hold', located(condition)),
  resolve_after: key('For how long it must have been over before it is resolved', duration),
  step: key('The one step that it is about', located(name)),
  notify: key('Subscribers that are told of it besides those that subscribe to alerts', listOf(shortText, 'names')),
  labels: key('Texts of yours that go with what is told', labels),
  enabled: key('Whether it is looked after', boolean, true),
};

/** What is read of these keys; null where there is no alert in it. */
export function alertOf(fields: FieldsOf<typeof ALERT_KEYS>): LocatedAlert | null {
  if (fields.name === undefined || fields.condition === undefined) return null;
  const { severity = 'warning', description = null, window: windowSeconds = null } = fields;
  const value: AlertDefinition = {
    name: fields.name.value,
    condition: fields.condition.value,
    severity,
    description,
    windowSeconds,
    ...(fields.for !== undefined && { forSeconds: fields.for }),
    ...(fields.resolve && { resolve: fields.resolve.value }),
    ...(fields.resolve_after !== undefined && { resolveAfterSeconds: fields.resolve_after }),
    ...(fields.step && { step: fields.step.value }),
    ...(fields.notify && fields.notify.length > 0 && { notify: fields.notify }),
    ...(fields.labels && { labels: fields.labels as Record<string, string> }),
    ...(fields.enabled === false && { enabled: false }),
  };
  const places = { condition: fields.condition.at, resolve: fields.resolve?.at ?? null, step: fields.step?.at ?? null };
  return { at: fields.name.at, value, places };
}

const alertKeys = record(ALERT_KEYS, { what: 'an alert', required: ['name', 'condition'] });

/** An alert of a template. */
export const alert: Reader<LocatedAlert> = reader(
  alertKeys.jsonSchema,
  (written, label, reading) => alertOf(alertKeys(written, label, reading) ?? {}) ?? undefined,
);
