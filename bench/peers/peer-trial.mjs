import { startChild } from '../child.mjs';
import { latencyFigures, perStep, together } from '../figures.mjs';
import { readServer } from '../measure.mjs';
import { query } from '../server.mjs';
import { WORKLOADS } from '../workloads.mjs';
import { loadPeer } from './peer.mjs';
import { SERVERS } from './servers.mjs';

const PROGRAM = 'peers/peer-process.mjs';

/**
 * Runs a workload of a peer once, in a database or server of its own.
 *
 * @param {{ server: import('../server.mjs').Server, share: number }} bench - `share`: of the workload's tasks
 * @param {string} peer
 * @param {string} workloadName
 */
export async function runPeerTrial({ server, share }, peer, workloadName) {
  const { facts } = await loadPeer(peer);
  const workload = WORKLOADS[workloadName];
  const tasks = Math.max(1, Math.round((facts.tasks?.[workloadName] ?? workload.tasks) * share));
  const database = facts.store === 'postgresql' ? await server.createDatabase() : null;
  const own = await SERVERS[facts.store]?.();
  try {
    if (database) await query(database.url, 'checkpoint');
    const place = { url: database?.url, ...own?.place };
    const serverPid = own?.pid ?? server.pid;
    const read = async () => (database ? readServer(database.url) : null);
    /** @param {string} role */
    const run = (role) =>
      startChild(PROGRAM, { peer, role, workload: workloadName, tasks, place, serverPid }, { quiet: true }).result();

    const creation = workload.kind === 'drain' && !facts.overlaps ? await run('submit') : null;
    const before = await read();
    const { mistakes, ...measured } = await run(workload.kind);
    const cost = together([measured]);
    const after = await read();
    if (mistakes.length > 0) {
      throw new Error(`${facts.title} did not do what it should in ${workloadName}: ${mistakes.join('; ')}`);
    }
    const figures = cost.latencies
      ? latencyFigures(workload, tasks, tasks + cost.warmUp, cost, before, after)
      : perStep(workload, tasks, cost, before, after);
    return { tasks, ...creation, ...figures };
  } finally {
    await database?.drop();
    await own?.stop();
  }
}
