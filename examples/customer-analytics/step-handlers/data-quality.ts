import { refusal } from '../../support/refusal.js';
import { DEFAULT_THRESHOLDS, type AnalyticsContext, type QualityThresholds } from '../analytics-context.js';

/** Sets of records that a transformation works on, by what they are. */
export type RecordSets = Record<string, readonly object[]>;

/**
 * Holds what was read against the task's `quality_thresholds`.
 *
 * @param counted - the sets that a threshold for their size is about
 * @returns which share of all values is null
 * @throws PermanentError `INSUFFICIENT_DATA` naming the threshold, what it is and what was found
 */
export function provenQuality(
  { quality_thresholds }: AnalyticsContext,
  sets: RecordSets,
  counted: Partial<Record<keyof QualityThresholds, keyof RecordSets>>,
): { null_percentage: number } {
  const thresholds = { ...DEFAULT_THRESHOLDS, ...quality_thresholds };
  for (const [threshold, set] of Object.entries(counted)) {
    const limit = thresholds[threshold as keyof QualityThresholds];
    const found = sets[set]!.length;
    if (found < limit)
      throw insufficient(`There are ${found} ${set}; at least ${limit} are wanted`, { threshold, limit, found });
  }
  const limit = thresholds.max_null_percentage;
  for (const [set, records] of Object.entries(sets)) {
    const found = nullShare(records);
    if (found > limit) {
      const what = `${percent(found)} of the values of ${set} are missing; at most ${percent(limit)} may be`;
      throw insufficient(what, { threshold: 'max_null_percentage', limit, found, records: set });
    }
  }
  return { null_percentage: nullShare(Object.values(sets).flat()) };
}

/** Which share of the values of the records is null, 0 to 1. */
export function nullShare(records: readonly object[]): number {
  const values = records.flatMap((record) => Object.values(record) as unknown[]);
  if (values.length === 0) return 0;
  return values.filter((value) => value === null).length / values.length;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const insufficient = (message: string, context: Record<string, string | number>) =>
  refusal('INSUFFICIENT_DATA', message, context);
