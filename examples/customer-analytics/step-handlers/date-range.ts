import { refusal, required } from '../../support/refusal.js';
import type { AnalyticsContext, DateRange } from '../analytics-context.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The period that a task is about. @throws PermanentError that says what is wrong with it */
export function dateRangeOf({ date_range }: Partial<AnalyticsContext>): DateRange {
  const range = required(date_range, 'MISSING_DATE_RANGE', 'The context has no date_range');
  const start_date = required(range.start_date, 'MISSING_START_DATE', 'The date_range has no start_date');
  const end_date = required(range.end_date, 'MISSING_END_DATE', 'The date_range has no end_date');
  for (const [name, day] of Object.entries({ start_date, end_date })) {
    if (!isDay(day)) throw refusal('INVALID_DATE_FORMAT', `${name} must be a day such as 2026-01-31`, { [name]: day });
  }
  if (start_date > end_date) {
    throw refusal('INVALID_DATE_RANGE', 'The start_date is after the end_date', { start_date, end_date });
  }
  return { start_date, end_date };
}

/** A day that there is: not the 30th of February. */
function isDay(text: string): boolean {
  const at = DAY.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
