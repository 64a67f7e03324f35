/** Rounds of a trial that has a minute. */
export const SHORT_ROUNDS = 3;
/** The first rounds of these try every fault. */
export const SHORT_SEEDS: readonly number[] = [1, 19, 9, 60, 28, 709, 601];

const DAY_MS = 86_400_000;

/** A seed for each day, so that all have their turn. */
export const shortSeed = (day: Date): number => SHORT_SEEDS[Math.floor(day.getTime() / DAY_MS) % SHORT_SEEDS.length]!;
