import { createServer } from 'node:http2';
import { createEndpointHandler, RestatePromise, service } from '@restatedev/restate-sdk';
import { connect } from '@restatedev/restate-sdk-clients';
import { contextOf } from '../workloads.mjs';
import { inParallel } from './chunks.mjs';
import { runByLevels } from './graph.mjs';

const IN_FLIGHT = 500;

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'Restate (native server)',
  package: '@restatedev/restate-server',
  store: 'restate',
  durability: 'its own log on this machine, one replica, fsync on (its default)',
  tuned: `${IN_FLIGHT} invocations in flight, two partitions (one per core), handlers over HTTP/2`,
  docs: 'https://docs.restate.dev/server/configuration',
  overlaps: true,
  limits: ['runs what is submitted at once: the clock covers submission too'],
  tasks: { W1: 2_000, W2: 2_000, W5: 5_000 },
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export const create = (task) => new Restate(task);

class Restate {
  #task;
  #service;
  #server;
  /** @type {any} */
  #client;
  #answered = 0;
  #right = 0;

  /** @param {import('./peer.mjs').PeerTask} task */
  constructor(task) {
    this.#task = task;
    const { steps } = task.workload;
    const { journal } = task;
    this.#service = service({
      name: 'bench',
      handlers: {
        run: (/** @type {any} */ ctx, /** @type {{ order: number }} */ { order }) =>
          runByLevels(
            steps,
            ({ name }, results) => ctx.run(name, () => journal.run(order, name, results)),
            (running) => /** @type {any} */ (RestatePromise.all(/** @type {any[]} */ (running))),
          ),
      },
    });
    this.#server = createServer(createEndpointHandler({ services: [this.#service], logger: troubles }));
  }

  async open() {
    this.#client = connect({ url: `http://127.0.0.1:${this.#task.place.restate?.ingress}` });
  }

  async prepare() {}

  async work() {
    const { admin, handlers } = /** @type {{ admin: number, handlers: number }} */ (this.#task.place.restate);
    await new Promise((resolve) => this.#server.listen(handlers, '127.0.0.1', () => resolve(null)));
    const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${handlers}` }),
    });
    if (!answer.ok) throw new Error(`Restate did not take the handlers: ${answer.status} ${await answer.text()}`);
  }

  /** @param {number[]} orders */
  submit = (orders) => inParallel(orders, IN_FLIGHT, (order) => this.complete(order));

  /** @param {number} order */
  async complete(order) {
    const result = await this.#client.serviceClient(this.#service).run(contextOf(order));
    this.#answered++;
    if (result.value === this.#task.workload.sum) this.#right++;
  }

  settled = async () => this.#answered;

  /** @param {number} tasks */
  async verify(tasks) {
    return this.#right === tasks ? [] : [`right results: ${this.#right}, not ${tasks}`];
  }

  async stop() {
    await new Promise((resolve) => {
      this.#server.close(() => resolve(null));
      // Restate keeps its connection open.
      setTimeout(() => resolve(null), 200);
    });
  }
}

/** A line for every invocation would be measured too. @param {{ level: string }} meta @param {any} message @param {any[]} more */
function troubles({ level }, message, ...more) {
  if (level === 'error') console.error(message, ...more);
}
