/**
 * The figures of one run.
 *
 * @param {import('./workloads.mjs').Workload} workload
 * @param {number} tasks
 * @param {any} cost
 * @param {{ commits: number, log: number }} before
 * @param {{ commits: number, log: number }} after
 */
export function perStep({ steps }, tasks, cost, before, after) {
  const count = tasks * steps.length;
  return {
    seconds: cost.seconds,
    rate: count / cost.seconds,
    nodeCores: cost.nodeSeconds / cost.seconds,
    serverCores: cost.serverSeconds === null ? null : cost.serverSeconds / cost.seconds,
    nodeMicrosPerStep: (cost.nodeSeconds / count) * 1e6,
    serverMicrosPerStep: cost.serverSeconds === null ? null : (cost.serverSeconds / count) * 1e6,
    roundTripsPerStep: cost.roundTrips / count,
    commitsPerStep: (after.commits - before.commits) / count,
    logPerStep: (after.log - before.log) / count,
    rss: cost.rss,
  };
}

/** @param {number[]} sorted @param {number} share */
export const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
