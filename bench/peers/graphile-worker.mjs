import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { contextOf } from '../workloads.mjs';
import { chunksOf } from './chunks.mjs';
import { ByHand } from './graph.mjs';
import { Store } from './store.mjs';

const TASK = 'bench';
const CONCURRENCY = 24;
const LOCAL_QUEUE = 500;
const BATCH = 1_000;

const JOBS = 'select count(*) from graphile_worker._private_jobs';
const silent = new Logger(() => () => undefined);

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'graphile-worker, chained by hand',
  package: 'graphile-worker',
  store: 'postgresql',
  durability: 'commits with fsync on; completions are gathered, a crash runs those steps again after four hours',
  tuned: `${CONCURRENCY} jobs at a time as its performance page has, a local queue of ${LOCAL_QUEUE}, completeJobBatchDelay 0`,
  docs: 'https://worker.graphile.org/docs/performance',
  limits: [
    'no DAG: joins are counted in the memory of the one worker, and would not survive a crash',
    'no audit, finished jobs are deleted; W3 without the local queue and to the end of the last handler',
  ],
  tasks: { W1: 2_000, W2: 2_000 },
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export const create = (task) => new GraphileWorker(task);

class GraphileWorker {
  #task;
  #store;
  #chain;
  /** @type {import('graphile-worker').WorkerUtils | undefined} */
  #utils;
  /** @type {import('graphile-worker').Runner | undefined} */
  #runner;

  /** @param {import('./peer.mjs').PeerTask} task */
  constructor(task) {
    this.#task = task;
    this.#store = new Store(task.place.url);
    this.#chain = new ByHand(task.workload.steps);
  }

  async open() {
    await this.#store.open();
    this.#utils = await makeWorkerUtils({ connectionString: this.#task.place.url, logger: silent });
    await this.#utils.migrate();
  }

  async prepare() {}

  /** @param {number[]} orders */
  async submit(orders) {
    const step = this.#task.workload.steps[0].name;
    for (const chunk of chunksOf(orders, BATCH)) {
      await this.#utils?.addJobs(
        chunk.map((order) => ({ identifier: TASK, payload: { ...contextOf(order), step, results: [] } })),
      );
    }
  }

  async work() {
    const drained = this.#task.workload.kind === 'drain';
    this.#runner = await run({
      connectionString: this.#task.place.url,
      logger: silent,
      noHandleSignals: true,
      taskList: { [TASK]: (payload, helpers) => this.#handle(/** @type {any} */ (payload), helpers) },
      preset: {
        worker: {
          connectionString: this.#task.place.url,
          concurrentJobs: CONCURRENCY,
          maxPoolSize: CONCURRENCY + 2,
          ...(drained && { localQueue: { size: LOCAL_QUEUE }, completeJobBatchDelay: 0 }),
        },
      },
    });
  }

  /** Its table forgets what is done: what is left is what is not. */
  settled = async () => this.#task.journal.tasks - Math.min(this.#task.journal.tasks, await this.#store.count(JOBS));

  verify = () => this.#store.differences({ 'jobs left': { sql: JOBS, is: 0 } });

  async stop() {
    await this.#runner?.stop();
    await this.#utils?.release();
    await this.#store.close();
  }

  /** @param {any} payload @param {import('graphile-worker').JobHelpers} helpers */
  async #handle({ order, step, results }, helpers) {
    const result = await this.#task.journal.run(order, step, results);
    const next = this.#chain.next(order, result);
    if (next.length === 1) await helpers.addJob(TASK, next[0]);
    else if (next.length > 1) await helpers.addJobs(next.map((payload) => ({ identifier: TASK, payload })));
  }
}
