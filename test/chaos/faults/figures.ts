import { titleOf, type Round } from './schedule.js';
import type { RoundResult } from './trial.js';
import type { Account } from './verdict.js';

/** Of one fault alone, or of all pairs. */
export interface FaultFigures {
  fault: string;
  survived: number;
  /** In milliseconds from healing. */
  firstMs: Spread | null;
  allMs: Spread | null;
  rateBackMs: Spread | null;
  /** The rate after it against the one before, the middle one. */
  rateShare: number | null;
}

interface Spread {
  p50: number;
  max: number;
}

export interface Report {
  seed: number;
  seconds: number;
  rounds: number;
  tasks: number;
  steps: number;
  refused: number;
  violations: string[];
  /** Faults that could not be tried here, and why. */
  skipped: Record<string, string>;
  faults: FaultFigures[];
  results: RoundResult[];
}

const PAIRS = 'pairs of them';

export function figuresOf(results: readonly RoundResult[]): FaultFigures[] {
  const groups = new Map<string, RoundResult[]>();
  for (const result of results) {
    const name = isPair(result.round) ? PAIRS : titleOf(result.round);
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups]
    .sort(([a], [b]) => Number(a === PAIRS) - Number(b === PAIRS) || (a < b ? -1 : 1))
    .map(([fault, group]) => ({
      fault,
      survived: group.length,
      firstMs: spread(group.map(({ firstMs }) => firstMs)),
      allMs: spread(group.map(({ allMs }) => allMs)),
      rateBackMs: spread(group.flatMap(({ rateBackMs }) => rateBackMs ?? [])),
      rateShare: middle(group.flatMap(({ rateBefore, rateAfter }) => (rateBefore > 0 ? rateAfter / rateBefore : []))),
    }));
}

export const totals = (accounts: readonly Account[]) => ({
  tasks: accounts.reduce((sum, { tasks }) => sum + tasks, 0),
  steps: accounts.reduce((sum, { steps }) => sum + steps, 0),
  refused: accounts.reduce((sum, { refused }) => sum + refused, 0),
  violations: accounts.flatMap(({ violations }) => violations),
});

/** The report as a table for people. */
export function tableOf({ seed, seconds, rounds, tasks, steps, refused, violations, skipped, faults }: Report): string {
  const head = ['fault', 'survived', 'next step', 'every worker', 'rate back', 'rate after/before'];
  const rows = faults.map(({ fault, survived, firstMs, allMs, rateBackMs, rateShare }) => [
    ...[fault, String(survived), show(firstMs), show(allMs), show(rateBackMs)],
    rateShare === null ? '–' : `${Math.round(rateShare * 100)} %`,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [
    `Seed ${seed}: ${rounds} rounds in ${Math.round(seconds)} s, ${tasks} tasks, ${steps} steps, ` +
      `${refused} late results refused, ${violations.length} violations. Times in seconds from healing: p50 / max.`,
    ...[head, ...rows].map(line),
    ...Object.entries(skipped).map(([name, why]) => `not tried: ${name}: ${why}`),
    ...violations.slice(0, 20),
  ].join('\n');
}

const isPair = ({ faults }: Round): boolean => faults.length > 1;

const show = (times: Spread | null): string =>
  times === null ? '–' : `${(times.p50 / 1000).toFixed(1)} / ${(times.max / 1000).toFixed(1)}`;

function spread(values: readonly number[]): Spread | null {
  return values.length === 0 ? null : { p50: middle(values)!, max: Math.max(...values) };
}

function middle(values: readonly number[]): number | null {
  return values.length === 0 ? null : [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
