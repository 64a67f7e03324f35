import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartOf } from './chart.mjs';
import { judge } from './goals.mjs';
import { markdownOf } from './markdown.mjs';
import { casesOf } from './summary.mjs';

/**
 * @typedef {object} System
 * @property {string} name
 * @property {string} title
 * @property {string} version
 * @property {string} store
 * @property {string} durability
 * @property {string} tuned
 * @property {string} [docs]
 * @property {string[]} limits
 * @property {string} [skipped] - why it was not run
 */

/**
 * @typedef {object} Report
 * @property {string} title
 * @property {import('./machine.mjs').Machine} on
 * @property {number} reps
 * @property {string[]} columns
 * @property {System[]} systems - if they are compared
 * @property {import('./summary.mjs').Case[]} cases
 * @property {import('./goals.mjs').Judgement[]} goals
 * @property {string[]} notes
 */

export const RESULTS = join(import.meta.dirname, '../results');

/**
 * Writes what a run gave to `results/<name>.json`, `.md` and, where systems are compared, `.svg`.
 *
 * @param {string} name
 * @param {Omit<Report, 'cases' | 'goals'>} run
 * @param {import('./summary.mjs').Trial[]} trials
 * @returns {Promise<{ markdown: string, json: string, files: string[] }>}
 */
export async function writeReport(name, run, trials) {
  const cases = casesOf(trials);
  const report = { ...run, cases, goals: judge(cases) };
  const markdown = markdownOf(report);
  const json = `${JSON.stringify({ ...report, trials }, null, 2)}\n`;
  /** @type {Record<string, string>} */
  const contents = { json, md: markdown };
  if (run.systems.filter(({ skipped }) => !skipped).length > 1) contents.svg = await chartOf(report);
  mkdirSync(RESULTS, { recursive: true });
  const files = Object.entries(contents).map(([ending, content]) => {
    const file = join(RESULTS, `${name}.${ending}`);
    writeFileSync(file, content);
    return file;
  });
  return { markdown, json, files };
}
