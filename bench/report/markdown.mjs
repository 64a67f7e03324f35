import { WORKLOADS } from '../workloads.mjs';
import { COLUMNS, grouped } from './columns.mjs';
import { machineLine } from './machine.mjs';

/** @typedef {import('./summary.mjs').Case} Case */

const LIMIT = 'By pgbench: for each step one UPDATE and one INSERT in one statement, nothing decided, nothing read.';

/**
 * A run as text: what, where, tables, goals, notes.
 *
 * @param {import('./write.mjs').Report} report
 */
export function markdownOf({ title, on, reps, columns, cases, systems, goals, notes }) {
  const parts = [
    `# ${title}`,
    `${machineLine(on)} Medians of ${reps} ${reps === 1 ? 'run' : 'runs in alternating rounds'}.`,
  ];
  if (systems.length > 0) parts.push(...sideBySide(cases, systems));
  parts.push(
    list(
      cases.filter(({ system }) => system === 'tasker'),
      columns,
    ),
  );
  const limit = cases.filter(({ system }) => system === 'postgresql');
  if (limit.length > 0) parts.push('## What this PostgreSQL can do at most', LIMIT, list(limit, columns));
  if (goals.length > 0) parts.push('## Goals', goalTable(goals));
  if (notes.length > 0) parts.push('## Notes', notes.map((note) => `- ${note}`).join('\n'));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** One row for each case. @param {Case[]} cases @param {string[]} keys */
function list(cases, keys) {
  if (cases.length === 0) return '';
  const shown = keys.filter((key) => cases.some(({ medians }) => key in medians));
  const ranged = cases.some(({ runs }) => runs > 1);
  const rows = cases.map((one) => [
    [one.workload, one.variant].filter(Boolean).join(', '),
    ...shown.map((key) => COLUMNS[/** @type {keyof typeof COLUMNS} */ (key)].show(one.medians[key])),
    ...(ranged ? [rangeOf(one)] : []),
  ]);
  return table(
    [
      '',
      ...shown.map((key) => COLUMNS[/** @type {keyof typeof COLUMNS} */ (key)].title),
      ...(ranged ? ['from–to'] : []),
    ],
    rows,
  );
}

/** Peers down, workloads across, and under it what each of them is. @param {Case[]} cases @param {import('./write.mjs').System[]} systems */
function sideBySide(cases, systems) {
  const workloads = Object.keys(WORKLOADS).filter((name) => cases.some(({ workload }) => workload === name));
  const titles = workloads.map((name) => `${name} ${WORKLOADS[name].kind === 'latency' ? 'p50 · p99 ms' : 'steps/s'}`);
  const cell = (/** @type {string} */ system, /** @type {string} */ workload) => {
    const one = cases.find((c) => c.system === system && c.workload === workload);
    if (!one) return '–';
    const { p50, p99, rate } = one.medians;
    const range = one.runs > 1 ? ` (${rangeOf(one)})` : '';
    return p50 === undefined ? grouped(rate, 0) + range : `${grouped(p50, 1)}${range} · ${grouped(p99, 1)}`;
  };
  const log = (/** @type {string} */ system) => {
    const value = cases.find((c) => c.system === system && c.workload === 'W1')?.medians.logPerStep;
    return value ? grouped(value, 0) : '–';
  };
  const logged = workloads.includes('W1') ? ['W1 WAL B/step'] : [];
  const rows = systems.map(({ name, title, skipped }) => {
    const figures = skipped ? ['not run', ...titles.slice(1).map(() => '')] : workloads.map((each) => cell(name, each));
    return [title, ...figures, ...logged.map(() => log(name))];
  });
  return [
    table(['', ...titles, ...logged], rows),
    '## Who runs how',
    systems.map(described).join('\n'),
    '## Tasker, by what it costs',
  ];
}

/** @param {import('./write.mjs').System} system */
function described({ title, version, store, durability, tuned, limits, skipped, docs }) {
  const name = docs ? `[${title}](${docs})` : title;
  if (skipped) return `- **${name}** was not run: ${skipped}.`;
  const less = limits.length > 0 ? ` Mind: ${limits.join('; ')}.` : '';
  return `- **${name}** ${version}, in ${store}. Durability: ${durability}. Set for speed: ${tuned}.${less}`;
}

/** @param {import('./goals.mjs').Judgement[]} goals */
const goalTable = (goals) =>
  table(
    ['goal', 'figures of this run', ''],
    goals.map(({ goal, figures, met }) => [goal, figures, met ? 'met' : '**missed**']),
  );

/** @param {Case} one */
function rangeOf({ least, most, runs, medians }) {
  if (runs === 1 || Number.isNaN(least)) return '';
  const digits = medians.p50 === undefined ? 0 : 1;
  return `${grouped(least, digits)}–${grouped(most, digits)}`;
}

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  const widths = head.map((title, n) => Math.max(3, title.length, ...rows.map((row) => row[n].length)));
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join(' | ')} |`;
  const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
