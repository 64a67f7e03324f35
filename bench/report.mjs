import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { WORKLOADS } from './workloads.mjs';

/** @typedef {Record<string, any>} Trial */

const COLUMNS = [
  column('steps/s', 'rate', 0),
  column('p50 ms', 'p50', 1),
  column('p99 ms', 'p99', 1),
  column('created/s', 'createdPerSecond', 0),
  column('node cores', 'nodeCores', 2),
  column('pg cores', 'serverCores', 2),
  column('node µs/step', 'nodeMicrosPerStep', 0),
  column('pg µs/step', 'serverMicrosPerStep', 0),
  column('commits/step', 'commitsPerStep', 3),
  column('WAL B/step', 'logPerStep', 0),
  column('round trips/step', 'roundTripsPerStep', 3),
  column('RSS MB', 'rss', 0, 1e6),
];

/** @param {string} title @param {string} key @param {number} digits @param {number} [unit] */
function column(title, key, digits, unit = 1) {
  return {
    title,
    /** @param {Trial} trial */
    show: (trial) => (typeof trial[key] === 'number' ? (trial[key] / unit).toFixed(digits) : '-'),
  };
}

/** The median of every figure by itself. @param {Trial[]} trials @returns {Trial} */
export function medianOf(trials) {
  const keys = Object.keys(trials[0]).filter((key) => typeof trials[0][key] === 'number');
  return Object.fromEntries(keys.map((key) => [key, median(trials.map((trial) => trial[key]))]));
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Record<string, Trial[]>} results - trials by workload */
export function table(results) {
  const rows = Object.entries(results)
    .filter(([name]) => WORKLOADS[name].kind !== 'memory')
    .map(([name, trials]) => {
      const figures = medianOf(trials);
      return [name, ...COLUMNS.map(({ show }) => show(figures)), range(trials)];
    });
  return rows.length === 0 ? '' : aligned([['', ...COLUMNS.map(({ title }) => title), 'steps/s from-to'], ...rows]);
}

/** @param {Trial[]} trials */
function range(trials) {
  const rates = trials.map(({ rate }) => rate);
  return `${Math.min(...rates).toFixed(0)}-${Math.max(...rates).toFixed(0)}`;
}

/** @param {string[][]} rows */
function aligned(rows) {
  const widths = rows[0].map((_, n) => Math.max(...rows.map((row) => row[n].length)));
  return rows.map((row) => row.map((cell, n) => cell.padStart(widths[n])).join('  ')).join('\n');
}

/** Resident memory by completed tasks. @param {Trial} trial */
export function memoryReport({ samples, rate }) {
  const megabytes = samples.map((/** @type {Trial} */ { rss }) => rss / 1e6);
  const tenths = samples.filter((/** @type {Trial} */ { completed }) => completed === 1000 || completed % 10_000 === 0);
  const list = tenths.map((/** @type {Trial} */ { completed, rss }) => `${completed}: ${(rss / 1e6).toFixed(0)}`);
  const [least, most] = [Math.min(...megabytes), Math.max(...megabytes)].map((value) => value.toFixed(0));
  const halves = [megabytes.slice(0, megabytes.length >> 1), megabytes.slice(megabytes.length >> 1)].map(median);
  return (
    `RSS of the worker in MB by tasks completed: ${list.join(', ')}\n` +
    `from ${least} to ${most}; median of the first half ${halves[0].toFixed(0)}, of the second ${halves[1].toFixed(0)}; ` +
    `${rate.toFixed(0)} steps/s while tasks were submitted`
  );
}

/** Where and on what it ran. @param {import('./server.mjs').Server} server */
export const machine = ({ version, settings }) => ({
  date: new Date().toISOString(),
  commit: commit(),
  processor: cpus()[0].model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  postgresql: version,
  settings,
});

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim();
  } catch {
    return null;
  }
}
