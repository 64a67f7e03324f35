import { contextOf } from '../workloads.mjs';
import { chunksOf } from './chunks.mjs';
import { BATCH, PgBossQueue, QUEUE } from './pg-boss-queue.mjs';

/** A flow may hold several workflows: so they are created in bulk. */
const TASKS_PER_FLOW = 200;
const RESOLVE_EVERY_MS = 10;

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'pg-boss, flow',
  package: 'pg-boss',
  store: 'postgresql',
  durability: 'every batch is a commit, fsync on; one callback for the whole batch',
  tuned:
    `batches of ${BATCH} with a result for each job, burstWhenBatchFull, NOTIFY; dependencies are resolved by resolveFlow() every ` +
    `${RESOLVE_EVERY_MS} ms of the application's own, as its sweep comes once a second at the fastest`,
  docs: 'https://timgit.github.io/pg-boss/#/./api/workers',
  limits: [
    'a job is not given the results of those it depends on: they come from the memory of the one worker',
    'W3 to the end of the last handler',
  ],
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export function create(task) {
  const { workload, journal } = task;
  const queue = new PgBossQueue(task);
  const resolver = new Resolver(queue.boss);
  /** @type {Map<string, import('./journal.mjs').Result>} */
  const results = new Map();
  const parents = new Map(workload.steps.map((step) => [step.name, step.parents]));

  /** @param {any[]} jobs */
  const handle = async (jobs) => {
    const outcomes = [];
    for (const { id, data } of jobs) {
      const given = parents.get(data.step)?.map((parent) => results.get(`${data.order}/${parent}`));
      const result = await journal.run(data.order, data.step, /** @type {any[]} */ (given));
      results.set(`${data.order}/${data.step}`, result);
      outcomes.push({ id, status: 'completed', output: result });
    }
    return outcomes;
  };
  return {
    open: () => queue.open(),
    prepare: queue.prepare,
    submit: async (orders) => {
      if (workload.steps.length === 1) return queue.insert(orders.map((order) => dataOf(order, workload.steps[0])));
      for (const chunk of chunksOf(orders, TASKS_PER_FLOW)) {
        await queue.boss.flow(chunk.flatMap((order) => workload.steps.map((step) => flowJobOf(order, step))));
      }
    },
    work: async () => {
      resolver.start(await queue.work(handle, { perJobResults: true }));
    },
    settled: queue.settled,
    verify: (tasks) => queue.verify(tasks, workload.sum),
    stop: async () => {
      await resolver.stop();
      await queue.stop();
    },
  };
}

/** @param {number} order @param {{ name: string }} step */
const dataOf = (order, { name }) => ({ ...contextOf(order), step: name });

/** @param {number} order @param {import('../workloads.mjs').Step} step */
const flowJobOf = (order, { name, parents }) => ({
  ref: `${order}/${name}`,
  name: QUEUE,
  data: dataOf(order, { name }),
  ...(parents.length > 0 && { dependsOn: parents.map((parent) => `${order}/${parent}`) }),
});

/** Lets dependents go at short intervals, and wakes their worker. */
class Resolver {
  #boss;
  #stopped = false;
  /** @type {Promise<void>} */
  #loop = Promise.resolve();

  /** @param {import('pg-boss').PgBoss} boss */
  constructor(boss) {
    this.#boss = boss;
  }

  /** @param {string} worker */
  start(worker) {
    this.#loop = this.#resolve(worker);
  }

  async stop() {
    this.#stopped = true;
    await this.#loop;
  }

  /** @param {string} worker */
  async #resolve(worker) {
    while (!this.#stopped) {
      await this.#boss.resolveFlow();
      this.#boss.notifyWorker(worker);
      await new Promise((resolve) => setTimeout(resolve, RESOLVE_EVERY_MS));
    }
  }
}
