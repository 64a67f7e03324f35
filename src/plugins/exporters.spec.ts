import fc from 'fast-check';
import type { Json } from '../core/json.js';
import { CsvExporter } from './exporters/csv.exporter.js';
import { JsonExporter } from './exporters/json.exporter.js';
import { PrometheusExporter } from './exporters/prometheus.exporter.js';
import type { MetricSample } from '../metrics/metric-sample.js';

const exportedAt = '2026-01-31T09:30:00.000Z';

/** RFC 4180, read by the book. */
function parse(csv: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < csv.length) {
    let cell = '';
    if (csv[at] === '"') {
      for (at++; csv[at] !== '"' || csv[at + 1] === '"'; at++) {
        if (csv[at] === '"') at++;
        cell += csv[at];
      }
      at++;
    } else {
      for (; at < csv.length && !',\r\n'.includes(csv[at]!); at++) cell += csv[at];
    }
    rows.at(-1)!.push(cell);
    if (csv.startsWith('\r\n', at)) rows.push([]);
    at += csv.startsWith('\r\n', at) ? 2 : 1;
  }
  return rows.slice(0, -1);
}

describe('CsvExporter', () => {
  it('writes what a reader by the book reads back', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') });
    const value: fc.Arbitrary<Json> = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text));
    const task = fc.record({ name: text, context: fc.dictionary(text, value), a: value });
    fc.assert(
      fc.property(fc.array(task, { minLength: 1, maxLength: 4 }), (tasks) => {
        const csv = new CsvExporter().export({ what: 'tasks', exportedAt, tasks: tasks });
        const cell = (one: Json): string =>
          one === null ? '' : typeof one === 'object' ? JSON.stringify(one) : String(one);
        const rows = tasks.map(({ name, context, a }) => [name, context, a].map(cell));
        expect(parse(csv)).toEqual([['name', 'context', 'a'], ...rows]);
      }),
      { numRuns: 200 },
    );
  });
});

const samples: MetricSample[] = [
  { name: 'tasker_steps', type: 'gauge', help: 'Steps, by\nstate', labels: { state: 'ready' }, value: 3 },
  { name: 'tasker.lag', type: 'gauge', help: 'Lag', labels: {}, value: Infinity },
  { name: 'tasker_steps', type: 'gauge', help: 'Steps', labels: { state: 'a "b"\\\n' }, value: 0.5 },
];

describe('PrometheusExporter', () => {
  it('writes families whole, with escapes, as the text format asks', () => {
    expect(new PrometheusExporter().export({ what: 'metrics', exportedAt, metrics: samples })).toBe(
      [
        '# HELP tasker_steps Steps, by\\nstate',
        '# TYPE tasker_steps gauge',
        'tasker_steps{state="ready"} 3',
        'tasker_steps{state="a \\"b\\"\\\\\\n"} 0.5',
        '# HELP tasker_lag Lag',
        '# TYPE tasker_lag gauge',
        'tasker_lag +Inf',
        '',
      ].join('\n'),
    );
  });
});

describe('JsonExporter', () => {
  it('writes one object', () => {
    const text = new JsonExporter().export({ what: 'tasks', exportedAt, tasks: [{ task_id: '1' }] });
    expect(JSON.parse(text)).toEqual({ exported_at: exportedAt, what: 'tasks', tasks: [{ task_id: '1' }] });
  });
});
