import { distance } from 'fastest-levenshtein';

/** Fewer letters do not tell a slip of the pen from another name. */
const LEAST_LETTERS = 6;
const MOST_SLIPS = 2;

/**
 * The known name that was surely meant where a name may also be a new one: it differs by two letters at most.
 *
 * @returns null where there is none
 */
export function slipOf(name: string, known: Iterable<string>): string | null {
  if (name.length < LEAST_LETTERS) return null;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > MOST_SLIPS || candidate === name) continue;
    if (distance(name.toLowerCase(), candidate.toLowerCase()) <= MOST_SLIPS) return candidate;
  }
  return null;
}
