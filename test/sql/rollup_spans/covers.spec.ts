import fc from 'fast-check';
import { sqlEngine, type Row } from '../../support/sql-engine.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const DAY = 86_400;
const sql = sqlEngine();

interface Span {
  grain: number;
  from: number;
  upto: number;
}

/** Times in seconds before this moment. */
const spans = async (from: number, upto: number, longest: number): Promise<{ now: number; spans: Span[] }> => {
  const { rows } = await sql.engine.db.query<Row>(
    `select extract(epoch from now())::float8 as now, s.grain, extract(epoch from s.from_at)::float8 as from,
            extract(epoch from s.upto_at)::float8 as upto
     from (select 1) one left join rollup_spans(now() - $1::float8 * interval '1 s', now() - $2::float8 * interval '1 s', $3) s on true
     order by s.from_at`,
    [from, upto, longest],
  );
  return { now: rows[0]!.now as number, spans: rows.filter(({ grain }) => grain !== null) as unknown as Span[] };
};
/** What there are roll-ups by, of a time so many seconds ago. */
const grainOf = (ago: number): number => (ago <= 47 * 3_600 ? 60 : ago <= 61 * DAY ? 3_600 : DAY);

describe('rollup_spans', () => {
  it('covers what is asked for without a gap or an overlap, and no more than the ends ask for', async () => {
    const ago = fc.oneof(
      fc.double({ min: 0, max: 3 * DAY, noNaN: true }),
      fc.double({ min: 0, max: 400 * DAY, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(ago, ago, fc.constantFrom(60, 3_600, DAY), async (one, other, longest) => {
        const [from, upto] = [Math.max(one, other) + 1, Math.min(one, other)];
        const { now, spans: found } = await spans(from, upto, longest);
        const [first, last] = [grainOf(from), grainOf(upto)];
        const begin = Math.floor((now - from) / first) * first;
        const end = Math.ceil((now - upto) / last) * last;
        expect(found[0]!.from).toBe(begin);
        expect(Math.abs(found.at(-1)!.upto - end)).toBeLessThanOrEqual(last);
        found.forEach((span, n) => {
          if (n > 0) expect(span.from).toBe(found[n - 1]!.upto);
          expect([span.from % span.grain, span.upto % span.grain, span.upto > span.from]).toEqual([0, 0, true]);
          expect(span.grain).toBeLessThanOrEqual(Math.max(longest, first, last));
        });
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('takes whole days where there are any, so that a year is read by some hundred intervals', async () => {
    const { spans: found } = await spans(360 * DAY, 0, DAY);
    const intervals = found.reduce((sum, { from, upto, grain }) => sum + (upto - from) / grain, 0);
    expect(intervals).toBeLessThan(360 + 24 + 60 + 2);
  });
});
