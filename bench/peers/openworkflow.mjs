import { OpenWorkflow } from 'openworkflow';
import { BackendPostgres } from 'openworkflow/postgres';
import { contextOf } from '../workloads.mjs';
import { inParallel } from './chunks.mjs';
import { runByLevels } from './graph.mjs';
import { Store } from './store.mjs';

const CONCURRENCY = 100;

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'openworkflow',
  package: 'openworkflow',
  store: 'postgresql',
  durability: 'every step is a commit, fsync on',
  tuned: `${CONCURRENCY} runs at a time, as its own benchmark has`,
  docs: 'https://openworkflow.dev/docs/production',
  limits: ['W3 to the end of the last handler: its own wait polls once a second'],
  tasks: { W1: 1_000, W2: 1_000, W4: 40, W5: 2_000 },
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export const create = (task) => new OpenWorkflowPeer(task);

class OpenWorkflowPeer {
  #task;
  #store;
  /** @type {BackendPostgres | undefined} */
  #backend;
  /** @type {ReturnType<OpenWorkflow['defineWorkflow']> | undefined} */
  #workflow;
  /** @type {ReturnType<OpenWorkflow['newWorker']> | undefined} */
  #worker;

  /** @param {import('./peer.mjs').PeerTask} task */
  constructor(task) {
    this.#task = task;
    this.#store = new Store(task.place.url);
  }

  async open() {
    await this.#store.open();
    const { place, workload, journal } = this.#task;
    this.#backend = await BackendPostgres.connect(place.url, { namespaceId: 'bench' });
    const engine = new OpenWorkflow({ backend: this.#backend });
    this.#workflow = engine.defineWorkflow({ name: 'bench' }, async ({ input, step }) => {
      const { order } = /** @type {{ order: number }} */ (input);
      return runByLevels(workload.steps, ({ name }, results) =>
        step.run({ name }, () => journal.run(order, name, results)),
      );
    });
    this.#worker = engine.newWorker({ concurrency: CONCURRENCY });
  }

  /** Its tables are made when it connects. */
  async prepare() {}

  /** @param {number[]} orders */
  submit = (orders) => inParallel(orders, 20, async (order) => void (await this.#workflow?.run(contextOf(order))));

  work = async () => void (await this.#worker?.start());

  settled = () => this.#store.count(`select count(*) from openworkflow.workflow_runs where status = 'completed'`);

  /** @param {number} tasks */
  verify(tasks) {
    const { steps, sum } = this.#task.workload;
    const attempts = 'select count(*) from openworkflow.step_attempts';
    return this.#store.differences({
      'completed runs': {
        sql: `select count(*) from openworkflow.workflow_runs where status = 'completed'`,
        is: tasks,
      },
      'recorded steps': { sql: attempts, is: tasks * steps.length },
      'completed steps': { sql: `${attempts} where status = 'completed'`, is: tasks * steps.length },
      'right results': {
        sql: `select count(*) from openworkflow.workflow_runs where (output ->> 'value')::int = ${sum}`,
        is: tasks,
      },
    });
  }

  async stop() {
    await this.#worker?.stop();
    await this.#backend?.stop();
    await this.#store.close();
  }
}
