import { contextOf } from '../workloads.mjs';
import { ByHand } from './graph.mjs';
import { BATCH, PgBossQueue } from './pg-boss-queue.mjs';

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'pg-boss, chained by hand',
  package: 'pg-boss',
  store: 'postgresql',
  durability: 'every batch is a commit, fsync on; one callback for the whole batch',
  tuned: `a plain queue: batches of ${BATCH}, burstWhenBatchFull, NOTIFY; next jobs inserted in the transaction that completes the batch`,
  docs: 'https://timgit.github.io/pg-boss/#/./api/workers',
  limits: [
    'no DAG: joins are counted in the memory of the one worker, and would not survive a crash',
    'no audit; W3 to the end of the last handler',
  ],
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export function create(task) {
  const { workload, journal } = task;
  const queue = new PgBossQueue(task);
  const chain = new ByHand(workload.steps);

  /** @param {any[]} jobs @param {any} tx */
  const handle = async (jobs, tx) => {
    const results = await Promise.all(jobs.map(({ data }) => journal.run(data.order, data.step, data.results)));
    const next = results.flatMap((result) => chain.next(result.order, result));
    await queue.insert(next, { db: tx });
  };
  return {
    open: () => queue.open(),
    prepare: queue.prepare,
    submit: (orders) => {
      const step = workload.steps[0].name;
      return queue.insert(orders.map((order) => ({ ...contextOf(order), step, results: [] })));
    },
    work: async () => void (await queue.work(handle, { transactional: true })),
    settled: queue.settled,
    verify: queue.verify,
    stop: () => queue.stop(),
  };
}
