import { readFileSync } from 'node:fs';
import { loadPeer, PEERS } from '../peers/peer.mjs';
import { runPeerTrial } from '../peers/peer-trial.mjs';
import { physicalLimit } from '../peers/pgbench.mjs';
import { MissingProgram, SERVER_VERSIONS } from '../peers/servers.mjs';
import { tasker } from '../package-under-test.mjs';
import { runTrial } from '../trial.mjs';
import { inRounds } from './rounds.mjs';
import { COST } from './scenario.mjs';

const WORKLOADS = ['W1', 'W2', 'W3', 'W4', 'W5'];
const LIMIT_SECONDS = 5;

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker and its peers, side by side',
  help: `W1 to W5 of Tasker and of ${PEERS.length} peers in turn, and the limit by pgbench (--systems tasker,dbos,pgbench); half an hour for three repetitions`,
  columns: COST,
  async run(bench) {
    const asked = (/** @type {string} */ name) => bench.options.systems?.includes(name) ?? true;
    const systems = [taskerFacts(), ...(await Promise.all(PEERS.filter(asked).map(peerFacts)))];
    /** @type {string[]} */
    const notes = [];
    const running = systems.filter(({ name, skipped }) => asked(name) && !skipped);
    /** @type {Map<string, string>} */
    const failed = new Map();
    const trials = await inRounds(
      bench.reps,
      (bench.only ?? WORKLOADS).flatMap((workload) =>
        running.map(({ name }) => ({
          system: name,
          workload,
          run: () =>
            name === 'tasker'
              ? runTrial(bench, workload, { share: bench.share })
              : unlessFailed(failed, name, () => runPeerTrial(bench, name, workload)),
        })),
      ),
    );
    if (asked('pgbench')) trials.push(...(await limit(bench, notes)));
    const shown = systems
      .filter(({ name }) => asked(name))
      .map((system) => ({ ...system, skipped: failed.get(system.name) ?? system.skipped }));
    return { trials: trials.filter(({ system }) => !failed.has(system)), systems: shown, notes };
  },
};

/**
 * A peer that did not do what it should is out, with all of its figures; the others go on, and the bench ends with an error.
 *
 * @param {Map<string, string>} failed - why, by peer
 * @param {string} name
 * @param {() => Promise<object>} run
 */
async function unlessFailed(failed, name, run) {
  if (failed.has(name)) return null;
  try {
    return await run();
  } catch (error) {
    console.error(error);
    failed.set(name, /** @type {Error} */ (error).message);
    process.exitCode = 1;
    return null;
  }
}

/** @param {import('./scenario.mjs').Bench} bench @param {string[]} notes */
async function limit({ server, reps, options }, notes) {
  try {
    return await inRounds(reps, physicalLimit(server, options.seconds ?? LIMIT_SECONDS));
  } catch (error) {
    if (!(error instanceof MissingProgram)) throw error;
    notes.push(`The physical limit was not measured: ${error.message}.`);
    return [];
  }
}

/** @returns {import('../report/write.mjs').System} */
const taskerFacts = () => ({
  name: 'tasker',
  title: 'Tasker',
  version: tasker.RELEASE,
  store: 'PostgreSQL',
  durability: 'every step is in a durable commit before its dependents run, fsync on; full audit',
  tuned: 'nothing: default settings, in a Nest application with events on',
  limits: [],
});

/** @param {string} name @returns {Promise<import('../report/write.mjs').System>} */
async function peerFacts(name) {
  let title = name;
  try {
    const { facts } = await loadPeer(name);
    ({ title } = facts);
    const store = SERVER_VERSIONS[facts.store]?.() ?? 'PostgreSQL';
    const fewer = Object.entries(facts.tasks ?? {}).map(([workload, tasks]) => `${workload} ${tasks}`);
    const limits = [...(facts.limits ?? []), ...(fewer.length > 0 ? [`fewer tasks: ${fewer.join(', ')}`] : [])];
    const { durability, tuned, docs } = facts;
    return { name, title, version: versionOf(facts.package), store, durability, tuned, docs, limits };
  } catch (error) {
    const skipped = reasonOf(/** @type {NodeJS.ErrnoException} */ (error));
    return { name, title, version: '', store: '', durability: '', tuned: '', limits: [], skipped };
  }
}

/** @param {NodeJS.ErrnoException} error */
function reasonOf(error) {
  if (error instanceof MissingProgram) return error.message;
  if (error.code === 'ERR_MODULE_NOT_FOUND') return 'its package is not installed (npm ci in bench/)';
  throw error;
}

/** @param {string} name - of a package in this folder's node_modules */
function versionOf(name) {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
