import { Chance } from '../seeded.js';
import type { Fault } from './fault.js';

/** One fault of a round. */
export interface PlannedFault {
  name: string;
  /** How long after the round's begin, in milliseconds. */
  afterMs: number;
  lastsMs: number;
  /** Decides what the fault leaves open: whom it befalls, how hard. */
  seed: number;
}

/** What is tried at once: one fault, or two. */
export interface Round {
  number: number;
  faults: PlannedFault[];
}

type Listed = Pick<Fault, 'name' | 'part' | 'lastsMs'>;

/** The second of two faults begins while the first lasts, or just after it. */
const LATEST_SECOND_MS = 2_000;
const LARGEST_SEED = 2 ** 31 - 1;

/**
 * The rounds that a seed stands for, without end: every fault alone, in some order, then half as many pairs of faults of
 * different parts, and so on, each time in another order. The same seed and faults give the same rounds.
 */
export function* rounds(seed: number, faults: readonly Listed[]): Generator<Round> {
  const chance = new Chance(seed);
  let number = 0;
  const plan = ({ name, lastsMs: [least, most] }: Listed, latestMs: number): PlannedFault => ({
    name,
    afterMs: chance.whole(0, latestMs),
    lastsMs: chance.whole(least, most),
    seed: chance.whole(1, LARGEST_SEED),
  });
  for (;;) {
    for (const fault of chance.shuffled(faults)) yield { number: ++number, faults: [plan(fault, 0)] };
    for (const first of chance.shuffled(faults).slice(0, Math.ceil(faults.length / 2))) {
      const others = faults.filter(({ part }) => part !== first.part);
      if (others.length === 0) continue;
      yield { number: ++number, faults: [plan(first, 0), plan(chance.pick(others), LATEST_SECOND_MS)] };
    }
  }
}

export function firstRounds(seed: number, faults: readonly Listed[], count: number): Round[] {
  const some: Round[] = [];
  for (const round of rounds(seed, faults)) {
    if (some.length === count) break;
    some.push(round);
  }
  return some;
}

export const titleOf = ({ faults }: Round): string => faults.map(({ name }) => name).join(' + ');

/** A round in one line, as a failing run prints it. */
export const lineOf = (round: Round): string =>
  `round ${round.number}: ` +
  round.faults
    .map(({ name, afterMs, lastsMs, seed }) => `${name} after ${afterMs} ms for ${lastsMs} ms (seed ${seed})`)
    .join(', and ');
