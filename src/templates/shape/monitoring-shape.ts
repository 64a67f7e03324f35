import { METRIC_TYPES } from '../../core/template-policies.js';
import type { MetricDefinition } from '../../core/template-policies.js';
import { checked, key, located, reader, refuse } from '../reader.js';
import type { Located, Reader } from '../reader.js';
import { record } from '../record.js';
import { listOf, matching, number, text, wordOf } from '../values.js';
import { writtenAt } from '../written.js';
import { alert } from './alert-shape.js';

const finite = number({ must: 'a number', allows: Number.isFinite, jsonSchema: {} });

const metricKeys = record(
  {
    name: key(
      'What the metric is called',
      located(matching(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'letters, digits and _ that begin with a letter')),
    ),
    type: key(
      'A counter only grows, a gauge goes up and down, a histogram counts values by size',
      wordOf(METRIC_TYPES),
    ),
    description: key('What it measures', text()),
    buckets: key(
      "Upper bounds of a histogram's buckets, ascending",
      checked(listOf(finite, 'numbers'), (bounds, label) =>
        bounds.length > 0 && bounds.every((bound, n) => n === 0 || bound > bounds[n - 1]!)
          ? null
          : `${label} must be numbers, each larger than the one before it`,
      ),
    ),
  },
  { what: 'a metric', required: ['name', 'type'] },
);

const metric: Reader<Located<MetricDefinition>> = reader(metricKeys.jsonSchema, (written, label, reading) => {
  const fields = metricKeys(written, label, reading);
  if (fields?.name === undefined || fields.type === undefined) return undefined;
  const { name, type, description = null, buckets = null } = fields;
  if (buckets !== null && type !== 'histogram') {
    return refuse(writtenAt(written, '/buckets'), `only a histogram has buckets, not a ${type}: remove them`, reading);
  }
  return { at: name.at, value: { name: name.value, type, description, buckets } };
});

/** `alerts`, at the root or under `monitoring`. */
export const alerts = listOf(alert, 'alerts');

/** `monitoring`: what to measure, and what to tell of. */
export const monitoring = record(
  {
    metrics: key('What to measure of the tasks of the template', listOf(metric, 'metrics')),
    alerts: key('What to tell of; joined to the alerts of the root', alerts),
  },
  { what: 'monitoring' },
);
