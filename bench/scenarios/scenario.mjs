/**
 * @typedef {object} Bench
 * @property {import('../server.mjs').Server} server
 * @property {number} reps
 * @property {number} share - of every workload's tasks
 * @property {string[] | null} only - workloads that were asked for
 * @property {string} [profiles]
 * @property {{ seconds?: number, minutes?: number, millions: number[], systems: string[] | null, tracing: boolean }} options
 */

/**
 * @typedef {object} Outcome
 * @property {import('../report/summary.mjs').Trial[]} trials
 * @property {import('../report/write.mjs').System[]} [systems]
 * @property {string[]} [notes]
 */

/**
 * @typedef {object} Scenario
 * @property {string} title
 * @property {string} help - one line: what it does, and for how long
 * @property {string[]} columns - of its table, by their keys
 * @property {(bench: Bench) => Promise<Outcome>} run
 */

/** The files of this folder that are scenarios; the first is the one that runs when none is named. */
export const SCENARIOS = ['workloads', 'peers', 'workers', 'tracing', 'old-steps', 'idle-transaction', 'http', 'idle'];

/** @param {string} name - one of SCENARIOS @returns {Promise<Scenario>} */
export const loadScenario = async (name) => (await import(`./${name}.mjs`)).default;

/** What most scenarios show. */
export const COST = [
  'rate',
  'p50',
  'p99',
  'createdPerSecond',
  'nodeCores',
  'serverCores',
  'nodeMicrosPerStep',
  'serverMicrosPerStep',
  'commitsPerStep',
  'logPerStep',
  'roundTripsPerStep',
  'rss',
];
