import { printable } from '../terminal/style.js';
import type { ProblemAnswer } from './answers.js';

/** A problem as sentences: what is wrong, everything that is wrong with it, and when to try again. */
export function problemText(problem: ProblemAnswer, retryAfter: string | null): string {
  const errors = (problem.errors ?? []).map(({ path, message }) => `${path} ${message}`.trim());
  const said = withoutErrors({ ...problem, detail: printable(problem.detail) });
  const lines = errors.filter((error) => !said.includes(error)).map((error) => `  ${printable(error)}`);
  return [
    lines.length > 0 ? `${said.replace(/[.:]$/, '')}:` : said,
    ...lines,
    ...(retryAfter ? [`Try again ${/^\d+$/.test(retryAfter) ? `in ${retryAfter} s` : `at ${retryAfter}`}.`] : []),
    ...(problem.status >= 500 && problem.correlation_id
      ? [`Correlation id: ${printable(problem.correlation_id)}`]
      : []),
  ].join('\n');
}

/** A detail that goes on to list its errors would say them twice. */
function withoutErrors({ detail, errors = [] }: ProblemAnswer): string {
  const [first] = errors;
  if (!first) return detail;
  const listed = [`: ${first.path} ${first.message}`, `: ${first.path}: ${first.message}`, `: ${first.message}`];
  const end = listed.map((text) => detail.indexOf(text)).find((at) => at >= 0);
  return end === undefined ? detail : detail.slice(0, end);
}

export const isProblem = (body: unknown): body is ProblemAnswer =>
  typeof body === 'object' && body !== null && typeof (body as ProblemAnswer).detail === 'string';
