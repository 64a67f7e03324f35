/** @typedef {ReturnType<typeof import('./measure.mjs').readProcess>} Reading */
/** @typedef {{ commits: number, log: number } | null} ServerReading */

/**
 * What several processes that worked side by side cost: each says what it read at its beginning and at its end.
 *
 * @param {{ begun: Reading, ended: Reading, rss: number, events?: { steps: number, tasks: number }, [more: string]: any }[]} parts
 */
export function together(parts) {
  const sum = (/** @type {(part: any) => number} */ of) => parts.reduce((all, part) => all + of(part), 0);
  const span = (/** @type {string} */ key) =>
    Math.max(...parts.map(({ ended }) => ended[key])) - Math.min(...parts.map(({ begun }) => begun[key]));
  const counted = (/** @type {string} */ key) => parts.every(({ begun }) => begun[key] !== null);
  return {
    latencies: parts[0].latencies,
    warmUp: parts[0].warmUp,
    seconds: span('at') / 1000,
    nodeSeconds: sum(({ begun: from, ended: to }) => to.node - from.node),
    serverSeconds: counted('server') ? span('server') : null,
    roundTrips: counted('roundTrips') ? sum(({ begun: from, ended: to }) => to.roundTrips - from.roundTrips) : null,
    rss: Math.max(...parts.map(({ rss }) => rss)),
    events: { steps: sum(({ events }) => events?.steps ?? 0), tasks: sum(({ events }) => events?.tasks ?? 0) },
  };
}

/**
 * The figures of one run.
 *
 * @param {import('./workloads.mjs').Workload} workload
 * @param {number} tasks
 * @param {ReturnType<typeof together>} cost
 * @param {ServerReading} before - null where PostgreSQL is not what stores
 * @param {ServerReading} after
 */
export function perStep({ steps }, tasks, cost, before, after) {
  const count = tasks * steps.length;
  const { seconds, nodeSeconds, serverSeconds, roundTrips, rss } = cost;
  return {
    seconds,
    rate: count / seconds,
    nodeCores: nodeSeconds / seconds,
    serverCores: serverSeconds === null ? null : serverSeconds / seconds,
    nodeMicrosPerStep: (nodeSeconds / count) * 1e6,
    serverMicrosPerStep: serverSeconds === null ? null : (serverSeconds / count) * 1e6,
    roundTripsPerStep: roundTrips === null ? null : roundTrips / count,
    commitsPerStep: before && after ? (after.commits - before.commits) / count : null,
    logPerStep: before && after ? (after.log - before.log) / count : null,
    rss,
  };
}

/**
 * The figures of tasks that were asked for one at a time. The clock is on after the warm-up, but the server was read
 * before it: those figures are of all tasks.
 *
 * @param {import('./workloads.mjs').Workload} workload
 * @param {number} tasks
 * @param {number} all - with those of the warm-up
 * @param {ReturnType<typeof together>} cost
 * @param {ServerReading} before
 * @param {ServerReading} after
 */
export function latencyFigures(workload, tasks, all, cost, before, after) {
  const { commitsPerStep, logPerStep } = perStep(workload, all, cost, before, after);
  const sorted = [...cost.latencies].sort((a, b) => a - b);
  return {
    ...perStep(workload, tasks, cost, null, null),
    commitsPerStep,
    logPerStep,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
  };
}

/** @param {number[]} sorted @param {number} share */
export const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
