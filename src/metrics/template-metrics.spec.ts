import type { TaskTemplate } from '../core/template.js';
import { Instruments } from './instruments.js';
import { TemplateMetrics, type ProvenMetric } from './template-metrics.js';

const metric = (name: string, type: 'counter' | 'gauge' | 'histogram') => ({
  name,
  type,
  description: null,
  buckets: null,
});
const TEMPLATE = {
  ...{ namespace: 'shop', name: 'pay', version: '1.0.0' },
  security: { maskedFields: [] as string[] },
  monitoring: { metrics: [metric('amount', 'histogram'), metric('refunds_total', 'counter'), metric('load', 'gauge')] },
} as unknown as TaskTemplate;

describe('what a handler records', () => {
  it.each<[string, unknown, unknown, string, string]>([
    ['amounts', 1, {}, 'METRIC_UNDECLARED', 'is not declared by shop.pay@1.0.0. Did you mean "amount"?'],
    ['amount', '1', {}, 'METRIC_INVALID', 'must be given a number as "amount", not a string'],
    ['amount', undefined, {}, 'METRIC_INVALID', 'not undefined'],
    ['amount', NaN, {}, 'METRIC_INVALID', 'not NaN'],
    ['refunds_total', -1, {}, 'METRIC_INVALID', 'only grows, being a counter: -1 is below 0'],
    ['load', 1, { namespace: 'x' }, 'METRIC_INVALID', 'a label "namespace", which Tasker sets itself'],
    ['load', 1, { 'a b': 'x' }, 'METRIC_INVALID', 'a label "a b"'],
    ['load', 1, { __name__: 'x' }, 'METRIC_INVALID', 'a label "__name__"'],
    ['load', 1, { a: {} }, 'METRIC_INVALID', 'a label "a" that is an object'],
    ['load', 1, { a: 'x'.repeat(129) }, 'METRIC_INVALID', 'a label "a" of more than 128 characters'],
    ['load', 1, { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }, 'METRIC_INVALID', 'takes 5 labels at most, not 6'],
    ['load', 1, 'x', 'METRIC_INVALID', 'takes labels as an object, not a string'],
  ])('is refused: %j = %j with %j', (name, value, labels, errorCode, message) => {
    const metrics = new TemplateMetrics(new Instruments());
    const record = () => metrics.measure([], TEMPLATE, name, value, labels);
    expect(record).toThrow(expect.objectContaining({ errorCode, message: expect.stringContaining(message) }));
  });

  it('is taken a thousand times in an attempt, and no more', () => {
    const metrics = new TemplateMetrics(new Instruments());
    const measured: ProvenMetric[] = [];
    for (let n = 0; n < 1_000; n++) metrics.measure(measured, TEMPLATE, 'load', n);
    expect(() => metrics.measure(measured, TEMPLATE, 'load', 1)).toThrow(/at most/);
  });
});
