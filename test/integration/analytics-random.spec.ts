import fc from 'fast-check';
import { fullName } from '../../src/core/template.js';
import { Database } from '../../src/persistence/database.js';
import { AnalyticsStore, type WindowReport } from '../../src/persistence/stores/analytics.store.js';
import type { Grain } from '../../src/persistence/stores/analytics-sql.js';
import { stepFigures, taskFigures, type Distribution } from '../../src/persistence/stores/window-figures.js';
import { happenings, percentileOf, Tally, type AuditFact } from '../support/analytics-reference.js';
import { randomMove, World } from '../support/analytics-world.js';
import { sqlEngine } from '../support/sql-engine.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const RUNS = Number(process.env.TASKER_TEST_RUNS ?? 10);
const ERROR_BOUND = 0.02;

const history = fc.record({
  moves: fc.array(randomMove, { minLength: 30, maxLength: 150, size: 'max' }),
  /** Seconds from one row of the audit to the next: all within a minute, or over days. */
  pace: fc.constantFrom(0.01, 1, 40, 900, 5_000),
  window: fc.record({
    from: fc.double({ min: 0, max: 0.9, noNaN: true }),
    to: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
  interval: fc.constantFrom<Grain>(60, 3_600, 86_400),
});

describe('figures', () => {
  const sql = sqlEngine();
  let database: Database;
  let store: AnalyticsStore;

  beforeAll(async () => {
    database = await Database.connect({ url: sql.engine.url, schema: 'tasker' }, 3);
    store = new AnalyticsStore(database);
  });
  afterAll(() => database?.close());

  it('are those of a slow reading of the whole audit, whatever happened and however much of it is rolled up', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ moves, pace, window, interval }) => {
        const world = await World.begin(sql.engine, store);
        for (const each of moves) await world.make(each, pace);
        await world.retime(pace);
        const facts = await world.audit();

        const wide = { windowSeconds: 86_400 * 300, interval, errors: 100, slowest: 50 };
        expectSame(await store.report(wide), facts);
        const [first, last] = [Math.min(...facts.map(({ at }) => at)), Math.max(...facts.map(({ at }) => at))];
        const at = (share: number): Date => new Date((first + share * (last - first)) / 1000);
        if (facts.length > 0 && at(window.from) < at(window.to)) {
          expectSame(await store.report({ ...wide, from: at(window.from), to: at(window.to) }), facts);
        }
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);
});

/** Holds everything in an answer against the reference, over the window that the answer says it is about. */
function expectSame(report: WindowReport, facts: readonly AuditFact[]): void {
  const within = happenings(facts).filter(
    ({ at }) => at >= report.from.getTime() * 1000 && at < upperEnd(report) * 1000,
  );
  const tallies = new Map<string, Tally>();
  const all = { tasks: new Tally(), steps: new Tally() };
  const patterns = new Map<string, number>();
  const series = new Map<number, number>();
  for (const { at, place, isTask, note, error } of within) {
    const tally = tallies.get(place) ?? new Tally();
    tallies.set(place, tally);
    note(tally);
    note(isTask ? all.tasks : all.steps);
    if (error !== undefined) patterns.set(error, (patterns.get(error) ?? 0) + 1);
    const begin = Math.floor(at / 1e6 / report.interval) * report.interval * 1000;
    series.set(begin, (series.get(begin) ?? 0) + 1);
  }
  expectTask(report.tasks, all.tasks);
  expectStep(report.steps, all.steps);

  const places = new Map(
    report.places.map((place) => [`${fullName(place)}${place.step === null ? '' : ` ${place.step}`}`, place]),
  );
  expect([...places.keys()].sort()).toEqual([...tallies.keys()].sort());
  for (const [name, { step, totals }] of places) {
    if (step === null) expectTask(taskFigures(totals), tallies.get(name)!);
    else expectStep(stepFigures(totals), tallies.get(name)!);
  }

  const seen = report.errors.map((e) => [[e.errorCategory ?? '', e.errorClass, e.errorCode ?? ''].join('|'), e.count]);
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(patterns));
  expect(report.errors.map(({ places: at }) => at.reduce((sum, { count }) => sum + count, 0))).toEqual(
    report.errors.map(({ count }) => count),
  );
  expect(report.series.map(({ at }) => at.getTime())).toEqual([...series.keys()].sort((a, b) => a - b));
  const sumOf = (column: 'created' | 'completed' | 'failed') =>
    report.series.reduce((sum, row) => sum + row[column], 0);
  expect([sumOf('created'), sumOf('completed'), sumOf('failed')]).toEqual([
    report.tasks.created,
    report.tasks.completed,
    report.tasks.failed,
  ]);
}

/** `to` is this moment where the last interval has not ended. */
const upperEnd = ({ to }: WindowReport): number => to.getTime();

function expectTask(figures: ReturnType<typeof taskFigures>, tally: Tally): void {
  const { duration, wait, completionRate, errorRate, ...counts } = figures;
  const names = ['created', 'started', 'completed', 'failed', 'cancelled', 'resolved', 'revived'];
  expect(counts).toEqual(Object.fromEntries(names.map((name) => [name, tally.of(name)])));
  const ended = tally.of('completed') + tally.of('failed') + tally.of('withdrawn');
  expect([completionRate, errorRate]).toEqual(
    ended === 0 ? [null, null] : [tally.of('completed') / ended, tally.of('failed') / ended],
  );
  expectDistribution(duration, tally.durations);
  expectDistribution(wait, tally.waits);
}

function expectStep(figures: ReturnType<typeof stepFigures>, tally: Tally): void {
  const { duration, wait, attempts, successRate, errorRate, retrySuccessRate, ...counts } = figures;
  expect(counts).toEqual(Object.fromEntries(Object.keys(counts).map((name) => [name, tally.of(name)])));
  const judged = ['succeeded', 'failed', 'timedOut', 'workerLost'].reduce((sum, name) => sum + tally.of(name), 0);
  expect(attempts).toBe(judged + tally.of('released') + tally.of('cancelled'));
  expect([successRate, errorRate]).toEqual(
    judged === 0 ? [null, null] : [tally.of('succeeded') / judged, (judged - tally.of('succeeded')) / judged],
  );
  expect(retrySuccessRate).toEqual(
    tally.of('retries') === 0 ? null : tally.of('retriesSucceeded') / tally.of('retries'),
  );
  expectDistribution(duration, tally.durations);
  expectDistribution(wait, tally.waits);
}

function expectDistribution(figures: Distribution, values: readonly number[]): void {
  const seconds = values.map((value) => value / 1e6);
  const sum = seconds.reduce((total, value) => total + value, 0);
  expect(figures.count).toBe(values.length);
  expect(figures.sum).toBeCloseTo(sum, 5);
  if (values.length === 0) {
    expect(figures).toMatchObject({ mean: null, min: null, max: null, p50: null, p95: null, p99: null });
    return;
  }
  expect(figures.mean).toBeCloseTo(sum / values.length, 5);
  expect([figures.min, figures.max]).toEqual([Math.min(...seconds), Math.max(...seconds)]);
  for (const percent of [50, 95, 99] as const) {
    const exact = percentileOf(seconds, percent)!;
    expect(Math.abs(figures[`p${percent}`]! - exact)).toBeLessThanOrEqual(exact * ERROR_BOUND + 1e-6);
  }
}
