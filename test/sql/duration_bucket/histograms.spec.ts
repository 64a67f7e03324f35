import fc from 'fast-check';
import { sqlEngine } from '../../support/sql-engine.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const CENTURY = 100 * 365 * 86_400 * 1e6;
const sql = sqlEngine();

describe('duration_bucket', () => {
  it('tells every duration from a microsecond to a century to within 2 %, and keeps their order', async () => {
    const micros = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 1, max: CENTURY, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(micros, { minLength: 50, maxLength: 50 }), async (values) => {
        const whole = values.map(Math.round).sort((a, b) => a - b);
        const rows = await sql.engine.rows<{ v: string; bucket: number; told: number }>(
          `select v, duration_bucket(v) as bucket, duration_of_bucket(duration_bucket(v)) as told
           from unnest($1::int8[]) with ordinality as u (v, n) order by u.n`,
          [whole],
        );
        rows.forEach(({ v, told, bucket }, n) => {
          expect(Math.abs(told - Number(v))).toBeLessThanOrEqual(Number(v) * 0.02 * (1 + 1e-9));
          if (n > 0) expect(bucket).toBeGreaterThanOrEqual(rows[n - 1]!.bucket);
        });
      }),
      { seed: SEED, numRuns: 40 },
    );
    expect(await sql.engine.rows('select duration_bucket(0) as b, duration_of_bucket(0::int2) as v')).toEqual([
      { b: 0, v: 0 },
    ]);
  });

  it('makes histograms that add up, in whatever order they are merged', async () => {
    const histogram = (values: number[]): string =>
      `(select coalesce(array_agg((b << 48) + n order by b), '{}')
        from (select duration_bucket(v)::int8 as b, count(*) as n from unnest('{${values.join(',')}}'::int8[]) v group by 1) x)`;
    const values = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(values, values, values, async (a, b, c) => {
        const [row] = await sql.engine.rows(
          `select merge_histograms(merge_histograms(${histogram(a)}, ${histogram(b)}), ${histogram(c)}) as one,
                  merge_histograms(${histogram(c)}, merge_histograms(${histogram(b)}, ${histogram(a)})) as other,
                  ${histogram([...a, ...b, ...c])} as whole`,
        );
        expect(row!.one).toEqual(row!.whole);
        expect(row!.other).toEqual(row!.whole);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});
