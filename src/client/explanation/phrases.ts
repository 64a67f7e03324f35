import type { StoredFailure } from '../../core/failure.js';

/** Names in a row, the first of them where they are many: `a, b, c and 4 more`. */
export function listed(names: readonly string[], most = 5): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** `1 step`, `2 steps`. */
export const amount = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** A count that was not taken further than its bound: `at least 1,000`. */
export const counted = (count: number, most: number): string =>
  count > most ? `at least ${most.toLocaleString('en-US')}` : count.toLocaleString('en-US');

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const isOrAre = (count: number | null): string => (count === 1 ? 'is' : 'are');

/** What went wrong, in a line: `HTTP_503 (busy)`. */
export const failureText = ({
  message,
  error_class: kind,
  error_code: code,
}: Pick<StoredFailure, 'message' | 'error_class' | 'error_code'>): string => `${code ?? kind} (${shortened(message)})`;

const LONGEST = 200;
const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};
