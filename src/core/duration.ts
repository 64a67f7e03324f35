const SECONDS: ReadonlyMap<string, number> = new Map([
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
  ['w', 7 * 86_400],
  ['y', 365 * 86_400],
]);

const WORDS: ReadonlyMap<string, string> = new Map([
  ['millisecond', 'ms'],
  ['second', 's'],
  ['minute', 'm'],
  ['hour', 'h'],
  ['day', 'd'],
  ['week', 'w'],
  ['year', 'y'],
]);

const DURATION = /^(\d+(?:\.\d+)?)[ _]?([a-z]+)$/i;

/** Units that a duration may have, for messages. */
export const DURATION_UNITS = 'ms, s, m, h, d, w or y';

/**
 * A span of time as people write it, such as `30s`, `1.5h`, `90d` or `7_years`, in seconds; a year has 365 days.
 *
 * @returns null for what is no duration
 */
export function secondsOf(text: string): number | null {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (count === undefined || unit === undefined) return null;
  const word = unit.toLowerCase();
  const seconds = SECONDS.get(WORDS.get(word.replace(/s$/, '')) ?? word);
  // thousandths are divided by, because 0.001 has no exact binary form
  return seconds === undefined ? null : seconds < 1 ? Number(count) / 1_000 : Number(count) * seconds;
}
