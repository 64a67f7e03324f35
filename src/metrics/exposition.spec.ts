import fc from 'fast-check';
import { readOpenMetrics, readPrometheus, type ExposedFamily } from '../../test/support/open-metrics.js';
import { expose } from './exposition.js';
import { Instruments } from './instruments.js';
import type { MetricSample } from './metric-sample.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

function instruments(): Instruments {
  const made = new Instruments();
  const labels = ['kind'] as const;
  made
    .counter({ name: 'tasker_things', help: 'Things, "all" of\nthem', unit: null, labels })
    .with({ kind: 'a' })
    .add(3);
  made.gauge({ name: 'tasker_age_seconds', help: 'Age', unit: 'seconds', labels: [] }).with({}).set(1.5);
  const sizes = { name: 'tasker_took_seconds', help: 'Took', unit: 'seconds' as const, labels, buckets: [0.5, 1, 10] };
  for (const value of [0.1, 0.5, 0.7, 99]) made.histogram(sizes).with({ kind: 'a' }).record(value);
  return made;
}

describe('the text format of Prometheus', () => {
  it('says of each family what it is, and then all of its samples', async () => {
    expect(expose(await instruments().collect(), 'prometheus')).toBe(
      [
        '# HELP tasker_age_seconds Age',
        '# TYPE tasker_age_seconds gauge',
        'tasker_age_seconds 1.5',
        '# HELP tasker_things_total Things, "all" of\\nthem',
        '# TYPE tasker_things_total counter',
        'tasker_things_total{kind="a"} 3',
        '# HELP tasker_took_seconds Took',
        '# TYPE tasker_took_seconds histogram',
        'tasker_took_seconds_bucket{kind="a",le="0.5"} 2',
        'tasker_took_seconds_bucket{kind="a",le="1"} 3',
        'tasker_took_seconds_bucket{kind="a",le="10"} 3',
        'tasker_took_seconds_bucket{kind="a",le="+Inf"} 4',
        'tasker_took_seconds_sum{kind="a"} 100.3',
        'tasker_took_seconds_count{kind="a"} 4',
        '',
      ].join('\n'),
    );
  });
});

describe('OpenMetrics', () => {
  it('knows units, and bounds as numbers with a point', async () => {
    expect(expose(await instruments().collect(), 'openmetrics')).toBe(
      [
        '# HELP tasker_age_seconds Age',
        '# TYPE tasker_age_seconds gauge',
        '# UNIT tasker_age_seconds seconds',
        'tasker_age_seconds 1.5',
        '# HELP tasker_things Things, \\"all\\" of\\nthem',
        '# TYPE tasker_things counter',
        'tasker_things_total{kind="a"} 3',
        '# HELP tasker_took_seconds Took',
        '# TYPE tasker_took_seconds histogram',
        '# UNIT tasker_took_seconds seconds',
        'tasker_took_seconds_bucket{kind="a",le="0.5"} 2',
        'tasker_took_seconds_bucket{kind="a",le="1.0"} 3',
        'tasker_took_seconds_bucket{kind="a",le="10.0"} 3',
        'tasker_took_seconds_bucket{kind="a",le="+Inf"} 4',
        'tasker_took_seconds_sum{kind="a"} 100.3',
        'tasker_took_seconds_count{kind="a"} 4',
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  it('names a trace that was recorded in the bucket that it fell into, and the older format does not', async () => {
    const made = new Instruments();
    const took = { name: 'tasker_took_seconds', help: 'Took', unit: 'seconds' as const, labels: [], buckets: [1] };
    const histogram = made.histogram(took).with({});
    histogram.record(0.25, UNSAMPLED);
    histogram.record(0.5, TRACE);
    histogram.record(7, null);
    const [below, above] = readOpenMetrics(expose(await made.collect(), 'openmetrics')).get(took.name)!.points;
    expect(below!.exemplar).toEqual({
      labels: { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' },
      value: 0.5,
      timestamp: expect.closeTo(Date.now() / 1000, -1),
    });
    expect(above!.exemplar).toBeNull();
    expect(expose(await made.collect(), 'prometheus')).not.toContain('trace_id');
  });
});

const word = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '"', '\\', '\n', ' ', '{', '}', ',', '=', 'é', '#') });
const value = fc.oneof(fc.double({ noNaN: true }), fc.integer());

describe('both formats', () => {
  it('are read back by the book, whatever labels and help say', async () => {
    const series = fc.uniqueArray(fc.tuple(word, fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }))), {
      minLength: 1,
      maxLength: 5,
      selector: ([label]) => label,
    });
    // -0 is written as 0
    await fc.assert(
      fc.asyncProperty(word, series, value, async (help, found, level) => {
        const made = new Instruments();
        const labels = ['x'] as const;
        const shared = { help, unit: null, labels };
        made
          .gauge({ ...shared, name: 'tasker_level' })
          .with({ x: help })
          .set(level);
        for (const [x, values] of found) {
          made
            .counter({ ...shared, name: 'tasker_count' })
            .with({ x })
            .add(values.length);
          const sizes = made.histogram({ ...shared, name: 'tasker_size', buckets: [1, 10, 1e3] }).with({ x });
          for (const each of values) sizes.record(each, TRACE);
        }
        const samples = await made.collect();
        for (const [read, format] of [
          [readOpenMetrics, 'openmetrics'],
          [readPrometheus, 'prometheus'],
        ] as const) {
          const families = read(expose(samples, format));
          const counts = pointsOf(families, format === 'openmetrics' ? 'tasker_count' : 'tasker_count_total');
          expect(counts).toEqual(found.map(([x, values]) => [x, values.length]));
          expect(pointsOf(families, 'tasker_size', 'tasker_size_count')).toEqual(counts);
          expect(families.get('tasker_level')!.points).toMatchObject([{ labels: { x: help }, value: level + 0 }]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('take names that Prometheus would not', () => {
    const sample: MetricSample = { name: '1.b-c', type: 'counter', help: '', labels: { 'a.b': 'x' }, value: 1 };
    expect(readOpenMetrics(expose([sample], 'openmetrics')).get('_1_b_c')!.points).toMatchObject([
      { name: '_1_b_c_total', labels: { a_b: 'x' } },
    ]);
  });
});

const pointsOf = (families: Map<string, ExposedFamily>, family: string, name?: string): [string, number][] =>
  families
    .get(family)!
    .points.filter((point) => name === undefined || point.name === name)
    .map(({ labels, value: found }) => [labels.x!, found]);
