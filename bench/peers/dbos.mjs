import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { contextOf } from '../workloads.mjs';
import { inParallel } from './chunks.mjs';
import { runByLevels } from './graph.mjs';
import { Store } from './store.mjs';

const APPLICATION = 'bench';
const QUEUE = 'bench';
const WORKFLOW = 'bench';
const POOL = 20;

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'DBOS Transact',
  package: '@dbos-inc/dbos-sdk',
  store: 'postgresql',
  durability: 'every step is a commit, fsync on',
  tuned: `a pool of ${POOL}, a queue of 200 workflows at a time polled every 10 ms, LISTEN/NOTIFY; W3 starts workflows directly`,
  docs: 'https://docs.dbos.dev/typescript/tutorials/queue-tutorial',
  tasks: { W1: 1_000, W2: 1_000, W4: 40, W5: 4_000 },
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export const create = (task) => new Dbos(task);

class Dbos {
  #url;
  #steps;
  #sum;
  #store;
  #workflow;
  /** @type {DBOSClient | undefined} */
  #client;
  #launched = false;

  /** @param {import('./peer.mjs').PeerTask} task */
  constructor({ place, workload, journal }) {
    this.#url = place.url;
    this.#steps = workload.steps;
    this.#sum = workload.sum;
    this.#store = new Store(place.url);
    const { steps } = workload;
    this.#workflow = DBOS.registerWorkflow(
      (/** @type {{ order: number }} */ { order }) =>
        runByLevels(
          steps,
          ({ name }, results) => DBOS.runStep(() => journal.run(order, name, results), { name }),
          allSettled,
        ),
      { name: WORKFLOW },
    );
  }

  open = () => this.#store.open();

  async prepare() {
    await DBOS.migrate(this.#url);
    const client = await this.#connect();
    await client.registerQueue(QUEUE, { workerConcurrency: 200, minPollingIntervalMs: 10 });
  }

  /** @param {number[]} orders */
  async submit(orders) {
    const client = await this.#connect();
    const options = { queueName: QUEUE, workflowName: WORKFLOW };
    await inParallel(orders, POOL, (order) => client.enqueue(options, contextOf(order)));
  }

  async work() {
    DBOS.setConfig({
      name: APPLICATION,
      applicationVersion: '1',
      systemDatabaseUrl: this.#url,
      systemDatabasePoolSize: POOL,
      useListenNotify: true,
      logLevel: 'error',
    });
    await DBOS.launch();
    this.#launched = true;
  }

  settled = () => this.#store.count(`select count(*) from dbos.workflow_status where status = 'SUCCESS'`);

  /** @param {number} order */
  async complete(order) {
    const handle = await DBOS.startWorkflow(this.#workflow)(contextOf(order));
    await handle.getResult();
  }

  /** @param {number} tasks */
  verify = (tasks) =>
    this.#store.differences({
      'workflows of success': { sql: `select count(*) from dbos.workflow_status where status = 'SUCCESS'`, is: tasks },
      workflows: { sql: 'select count(*) from dbos.workflow_status', is: tasks },
      'recorded steps': { sql: 'select count(*) from dbos.operation_outputs', is: tasks * this.#steps.length },
      'right results': {
        sql: `select count(*) from dbos.operation_outputs
              where function_name = '${this.#steps.at(-1)?.name}' and (output::jsonb #>> '{json,value}')::int = ${this.#sum}`,
        is: tasks,
      },
    });

  async stop() {
    await this.#client?.destroy();
    if (this.#launched) await DBOS.shutdown();
    await this.#store.close();
  }

  async #connect() {
    this.#client ??= await DBOSClient.create({
      systemDatabaseUrl: this.#url,
      systemDatabasePoolSize: POOL,
      applicationName: APPLICATION,
    });
    return this.#client;
  }
}

/** Its docs ask for this, where steps run side by side. @template T @param {Promise<T>[]} running @returns {Promise<T[]>} */
async function allSettled(running) {
  const outcomes = await Promise.allSettled(running);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
