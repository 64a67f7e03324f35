import type { Finding } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';

/** The parts of a comma-separated `include`, and those of them that are not allowed. */
export function readInclude<Part extends string>(
  text: string | undefined,
  allowed: readonly Part[],
): { parts: Set<Part>; findings: Finding[] } {
  const asked = (text ?? '').split(',').map((part) => part.trim());
  const unknown = text === undefined ? [] : asked.filter((part) => !(allowed as readonly string[]).includes(part));
  const findings = unknown.map((part) => ({
    path: 'include',
    message: `cannot be "${part.slice(0, 255)}".${didYouMean(part.slice(0, 255), allowed)} Allowed: ${allowed.join(', ')}.`,
  }));
  return { parts: new Set(asked as Part[]), findings };
}
