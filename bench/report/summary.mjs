import { median } from '../figures.mjs';

/**
 * What one run of one case gave: whose, which workload, in what it differs from the plain one, and its figures.
 *
 * @typedef {{ system: string, workload: string, variant?: string, [figure: string]: any }} Trial
 */

/** @typedef {{ system: string, workload: string, variant: string, runs: number, medians: Record<string, number>, least: number, most: number }} Case */

/**
 * The median of every figure of a case by itself, and the range of the one that counts: latency where it was measured,
 * else the rate. Cases come in the order in which they first ran.
 *
 * @param {Trial[]} trials
 * @returns {Case[]}
 */
export function casesOf(trials) {
  /** @type {Map<string, Trial[]>} */
  const groups = new Map();
  for (const trial of trials) groups.set(keyOf(trial), [...(groups.get(keyOf(trial)) ?? []), trial]);
  return [...groups.values()].map((group) => {
    const [{ system, workload, variant = '' }] = group;
    const keys = Object.keys(group[0]).filter((key) => typeof group[0][key] === 'number');
    const medians = Object.fromEntries(keys.map((key) => [key, median(group.map((trial) => trial[key]))]));
    const ranged = group.map((trial) => trial.p50 ?? trial.rate ?? Number.NaN);
    return {
      system,
      workload,
      variant,
      runs: group.length,
      medians,
      least: Math.min(...ranged),
      most: Math.max(...ranged),
    };
  });
}

/** @param {Trial} trial */
const keyOf = ({ system, workload, variant = '' }) => `${system}\n${workload}\n${variant}`;
