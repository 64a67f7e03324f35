import { PgBoss } from 'pg-boss';
import { chunksOf } from './chunks.mjs';
import { Store } from './store.mjs';

export const QUEUE = 'bench';
export const BATCH = 1_000;

/** What pg-boss's docs advise for speed: large batches, fetched on while they come back full, NOTIFY for the rest. */
const WORK = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };

/** A queue of pg-boss and its tables, for the peers that stand on it. */
export class PgBossQueue {
  #store;

  /** @param {import('./peer.mjs').PeerTask} task */
  constructor({ place, workload }) {
    this.steps = workload.steps;
    this.#store = new Store(place.url);
    this.boss = new PgBoss({
      connectionString: place.url,
      useListenNotify: true,
      flowIntervalSeconds: 1,
      schedule: false,
    });
    this.boss.on('error', (error) => console.error(error));
  }

  async open() {
    await this.#store.open();
    await this.boss.start();
  }

  prepare = () => this.boss.createQueue(QUEUE, { notify: true });

  /** Adds jobs in batches. @param {object[]} all - what each job holds @param {import('pg-boss').InsertOptions} [options] */
  async insert(all, options) {
    for (const chunk of chunksOf(all, BATCH)) {
      await this.boss.insert(
        QUEUE,
        chunk.map((data) => ({ data })),
        options,
      );
    }
  }

  /** @param {(jobs: any[], tx: any) => Promise<unknown>} handler @param {object} [options] */
  work = (handler, options = {}) => this.boss.work(QUEUE, { ...WORK, ...options }, /** @type {any} */ (handler));

  settled = async () =>
    Math.floor(
      (await this.#store.count(`select count(*) from pgboss.job where state = 'completed'`)) / this.steps.length,
    );

  /** @param {number} tasks @param {number} [sum] - what the last step of each left, where results are stored */
  verify = (tasks, sum) =>
    this.#store.differences({
      ...(sum !== undefined && {
        'right results': {
          sql: `select count(*) from pgboss.job
                where data ->> 'step' = '${this.steps.at(-1)?.name}' and (output ->> 'value')::int = ${sum}`,
          is: tasks,
        },
      }),
      'completed jobs': {
        sql: `select count(*) from pgboss.job where state = 'completed' and retry_count = 0`,
        is: tasks * this.steps.length,
      },
      jobs: { sql: 'select count(*) from pgboss.job', is: tasks * this.steps.length },
    });

  async stop() {
    await this.boss.stop({ graceful: true, timeout: 5_000 });
    await this.#store.close();
  }
}
