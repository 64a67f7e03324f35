/** The figures that a table can show, by their names in the results. */
export const COLUMNS = {
  rate: column('steps/s', 0),
  tasksPerSecond: column('tasks/s', 0),
  p50: column('p50 ms', 1),
  p99: column('p99 ms', 1),
  createdPerSecond: column('created/s', 0),
  nodeCores: column('node cores', 2),
  serverCores: column('pg cores', 2),
  nodeMicrosPerStep: column('node µs/step', 0),
  serverMicrosPerStep: column('pg µs/step', 0),
  commitsPerStep: column('commits/step', 3),
  logPerStep: column('WAL B/step', 0),
  roundTripsPerStep: column('round trips/step', 3),
  rss: column('RSS MB', 0, 1e6),
  rssFirstHalf: column('RSS MB, first half', 0, 1e6),
  rssSecondHalf: column('RSS MB, second half', 0, 1e6),
  rssMost: column('RSS MB, most', 0, 1e6),
  rateAtStart: column('steps/s at the start', 0),
  rateAtEnd: column('at the end', 0),
  deadRows: column('dead rows', 0),
  megabytes: column('MB of tables', 0, 1e6),
  oldSteps: column('old steps', 0),
  statementsPerSecond: column('statements/s', 2),
  commitsPerSecond: column('commits/s', 2),
  nodePercent: column('node CPU %', 2),
  serverPercent: column('pg CPU %', 2),
  traceRequests: column('trace requests', 0),
  traceBytes: column('KB of traces', 0, 1e3),
};

/** @param {string} title @param {number} digits @param {number} [unit] */
function column(title, digits, unit = 1) {
  return {
    title,
    /** @param {unknown} value */
    show: (value) => (typeof value === 'number' ? grouped(value / unit, digits) : ''),
  };
}

/** @param {number} value @param {number} digits */
export const grouped = (value, digits) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
