import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Arena } from './arena.js';
import { faultsNamed } from './faults.js';
import { figuresOf, tableOf, totals, type Report } from './figures.js';
import { lineOf, rounds, type Round } from './schedule.js';
import { Trial, type Pace } from './trial.js';
import { SHORT_ROUNDS, shortSeed } from './short-trial.js';

/** 0 for a short trial, as in `npm test`. */
const MINUTES = numberOf('TASKER_CHAOS_MINUTES') ?? (process.env.npm_lifecycle_event === 'test:chaos' ? 5 : 0);
const SEED = numberOf('TASKER_CHAOS_SEED') ?? (MINUTES > 0 ? Date.now() % 2_147_483_648 : shortSeed(new Date()));
const NAMES = (process.env.TASKER_CHAOS_FAULTS ?? '').split(',').filter(Boolean);
/** Then everything comes to rest, and is looked at. */
const ROUNDS_AT_ONCE = 8;
const AROUND_MS = 600_000;
/** A trial that has a minute does not wait for rates. */
const PACE: Pace = MINUTES > 0 ? { rateMs: 3_000, rateBackMs: 45_000 } : { rateMs: 1_000, rateBackMs: 0 };

const say = (line: string): void => void process.stderr.write(`${line}\n`);

describe(`Tasker under faults (seed ${SEED})`, () => {
  it(
    'goes on after each of them, and keeps its promises',
    async () => {
      const report = await run();
      expect(report.violations).toEqual([]);
      expect(report.results).toHaveLength(report.rounds);
    },
    MINUTES * 60_000 + AROUND_MS,
  );
});

async function run(): Promise<Report> {
  say(`faults: TASKER_CHAOS_SEED=${SEED}, ${MINUTES > 0 ? `${MINUTES} minutes` : `${SHORT_ROUNDS} rounds`}`);
  const startedMs = performance.now();
  const chosen = faultsNamed(NAMES);
  const arena = await Arena.open(SEED);
  const skipped: Record<string, string> = {};
  for (const fault of chosen) {
    const why = fault.obstacle?.(arena) ?? null;
    if (why !== null) skipped[fault.name] = why;
  }
  const trial = new Trial(arena, chosen, PACE, say);
  const endMs = performance.now() + MINUTES * 60_000;
  try {
    for (const some of portions(chosen, skipped, () => performance.now() < endMs)) {
      const { violations } = await trial.play(some);
      if (violations.length > 0) break;
    }
  } catch (error) {
    throw new Error(`${replay(trial.played)}\n${(error as Error).message}`, { cause: error });
  } finally {
    await arena.close();
  }
  const report: Report = {
    seed: SEED,
    seconds: (performance.now() - startedMs) / 1000,
    rounds: trial.played.length,
    ...totals(trial.accounts),
    skipped,
    faults: figuresOf(trial.results),
    results: trial.results,
  };
  if (report.violations.length > 0) say(replay(trial.played));
  say(tableOf(report));
  const file = join(tmpdir(), `tasker-chaos-${SEED}.json`);
  writeFileSync(file, JSON.stringify(report, null, 2));
  say(`report: ${file}`);
  return report;
}

/** So many rounds at once, while there is time. Those with a fault that cannot be tried here are left out. */
function* portions(
  chosen: Parameters<typeof rounds>[1],
  skipped: Record<string, string>,
  isTime: () => boolean,
): Generator<Round[]> {
  let portion: Round[] = [];
  const most = MINUTES > 0 ? ROUNDS_AT_ONCE : SHORT_ROUNDS;
  for (const round of rounds(SEED, chosen)) {
    if (round.faults.every(({ name }) => !(name in skipped))) portion.push(round);
    if (portion.length < most && !(MINUTES === 0 && round.number >= SHORT_ROUNDS)) continue;
    yield portion;
    if (MINUTES === 0 || !isTime()) return;
    portion = [];
  }
}

const replay = (played: readonly Round[]): string =>
  [
    `To play it again: TASKER_CHAOS_SEED=${SEED}${MINUTES > 0 ? ` TASKER_CHAOS_MINUTES=${MINUTES}` : ''}` +
      `${NAMES.length > 0 ? ` TASKER_CHAOS_FAULTS=${NAMES.join(',')}` : ''}`,
    ...played.map(lineOf),
  ].join('\n');

function numberOf(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new Error(`${variable} is ${JSON.stringify(text)}, and must be a number, 0 or more`);
}
