import { grouped } from './columns.mjs';

/** @typedef {import('./summary.mjs').Case} Case */
/** @typedef {{ goal: string, figures: string, met: boolean }} Judgement */

/** Peers that know dependencies themselves, so that a join is theirs. */
const WITH_JOINS = ['dbos', 'openworkflow', 'bullmq-redis', 'bullmq-postgres', 'pg-boss-flow', 'restate'];

/** How many times as fast as a peer, at least, in W1 and W2. */
const TIMES = {
  dbos: 15,
  openworkflow: 15,
  'bullmq-redis': 3,
  restate: 7,
  'pg-boss-flow': 7,
  'pg-boss-by-hand': 0.75,
};

/** The share of the plain rate that is left, at least, by the names of variants. @type {[RegExp, number][]} */
const SHARES = [
  [/worker processes$/, 1],
  [/^10 % traced$/, 0.9],
  [/^10 million old steps$/, 0.95],
];

/** What a run is to show. A goal whose figures a run has not got is not judged. */
class Goals {
  /** @type {Judgement[]} */
  judged = [];
  #cases;

  /** @param {Case[]} cases */
  constructor(cases) {
    this.#cases = cases;
  }

  /** @param {string} system @param {string} workload @param {string} figure @param {string} [variant] @returns {number | undefined} */
  of(system, workload, figure, variant = '') {
    const found = this.#cases.find((c) => c.system === system && c.workload === workload && c.variant === variant);
    return found?.medians[figure];
  }

  /** @param {string} figure @param {string} workload @param {string} [variant] */
  own = (figure, workload, variant) => this.of('tasker', workload, figure, variant);

  /** @param {string} goal @param {number | undefined} value @param {number | undefined} limit @param {{ digits?: number, times?: number }} [how] */
  least(goal, value, limit, { digits = 0, times = 1 } = {}) {
    if (value === undefined || limit === undefined) return;
    const ratio = times === 1 ? '' : `: ${grouped(value / limit, 2)} ×`;
    const figures = `${grouped(value, digits)} against ${grouped(limit, digits)}${ratio}`;
    this.judged.push({ goal, figures, met: value >= limit * times });
  }

  /** @param {string} goal @param {number | undefined} value @param {number | undefined} limit @param {number} [digits] */
  most(goal, value, limit, digits = 1) {
    if (value === undefined || limit === undefined) return;
    this.judged.push({
      goal,
      figures: `${grouped(value, digits)} against ${grouped(limit, digits)}`,
      met: value <= limit,
    });
  }

  /** Cases of Tasker's that differ from the plain one. @param {(one: Case) => boolean} which */
  variants = (which) => this.#cases.filter((one) => one.system === 'tasker' && one.variant !== '' && which(one));
}

/** @param {Case[]} cases @returns {Judgement[]} */
export function judge(cases) {
  const goals = new Goals(cases);
  throughput(goals);
  latency(goals);
  cost(goals);
  variants(goals);
  return goals.judged;
}

/** @param {Goals} goals */
function throughput(goals) {
  for (const workload of ['W1', 'W2']) {
    const rate = goals.own('rate', workload);
    goals.least(`${workload}: 20,000 steps/s`, rate, 20_000);
    for (const [peer, times] of Object.entries(TIMES)) {
      goals.least(`${workload}: ${times} × ${peer}`, rate, goals.of(peer, workload, 'rate'), { times });
    }
  }
  const peers = WITH_JOINS.map((peer) => goals.of(peer, 'W4', 'rate')).filter((rate) => rate !== undefined);
  goals.least('W4: 12,000 steps/s', goals.own('rate', 'W4'), 12_000);
  if (peers.length > 0)
    goals.least('W4: 2 × the best peer with joins', goals.own('rate', 'W4'), Math.max(...peers), { times: 2 });
  goals.least('W5: 12,000 tasks/s', goals.own('rate', 'W5'), 12_000);
  for (const peer of ['bullmq-redis', 'pg-boss-flow']) {
    goals.least(`W5: ahead of ${peer}`, goals.own('rate', 'W5'), goals.of(peer, 'W5', 'rate'));
  }
  goals.least('creation in bulk: 10,000 tasks/s', goals.own('createdPerSecond', 'W5'), 10_000);
  goals.least(
    'creation by single HTTP requests: 2,000 tasks/s',
    goals.own('tasksPerSecond', 'HTTP', 'single, Fastify'),
    2_000,
  );
}

/** @param {Goals} goals */
function latency(goals) {
  const p50 = goals.own('p50', 'W3');
  goals.most('W3: p50 below 8 ms', p50, 8);
  goals.most('W3: p99 below 20 ms', goals.own('p99', 'W3'), 20);
  for (const peer of ['dbos', 'restate', 'pg-boss-flow', 'pg-boss-by-hand']) {
    goals.most(`W3: p50 ahead of ${peer}`, p50, goals.of(peer, 'W3', 'p50'));
  }
}

/** @param {Goals} goals */
function cost(goals) {
  goals.most('W1: 1,300 B of WAL a step', goals.own('logPerStep', 'W1'), 1_300, 0);
  goals.most('W1: 0.2 round trips a step', goals.own('roundTripsPerStep', 'W1'), 0.2, 3);
  goals.most('W1: 60 µs of Node a step', goals.own('nodeMicrosPerStep', 'W1'), 60, 0);
  const most = goals.own('rssMost', 'memory');
  goals.most('memory: below 250 MB over 100,000 tasks', most && most / 1e6, 250, 0);
  const [first, second] = ['rssFirstHalf', 'rssSecondHalf'].map((half) => goals.own(half, 'memory'));
  goals.most(
    'memory: flat, the second half within 10 % of the first',
    second && second / 1e6,
    first && (first * 1.1) / 1e6,
    0,
  );
}

/** @param {Goals} goals */
function variants(goals) {
  for (const [pattern, share] of SHARES) {
    for (const { workload, variant, medians } of goals.variants((one) => pattern.test(one.variant))) {
      const plain = goals.own('rate', workload);
      const goal = `${workload}, ${variant}: ${share * 100} % of the rate without`;
      goals.least(goal, medians.rate, plain, { times: share });
    }
  }
}
