/** @typedef {import('../report/summary.mjs').Trial} Trial */
/** @typedef {{ system?: string, workload: string, variant?: string, run: () => Promise<object | null> }} Planned */

/**
 * Runs every case once, then every case again, and so on: what else the machine does then falls on all of them.
 *
 * @param {number} reps
 * @param {Planned[]} cases - `run` gives null where there is nothing to tell
 * @returns {Promise<Trial[]>}
 */
export async function inRounds(reps, cases) {
  const trials = [];
  for (let rep = 1; rep <= reps; rep++) {
    for (const { system = 'tasker', workload, variant = '', run } of cases) {
      const figures = await run();
      if (figures === null) continue;
      const trial = { system, workload, variant, ...figures };
      trials.push(trial);
      console.error(`${rep}/${reps} ${[system, workload, variant].filter(Boolean).join(', ')}: ${outcomeOf(trial)}`);
    }
  }
  return trials;
}

/** @param {Trial} trial */
function outcomeOf({ p50, rate }) {
  if (p50 !== undefined) return `p50 ${p50.toFixed(1)} ms`;
  return rate === undefined ? 'done' : `${rate.toFixed(0)} steps/s`;
}
