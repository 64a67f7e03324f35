import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { contextOf } from '../workloads.mjs';
import { chunksOf } from './chunks.mjs';

/** @typedef {import('../workloads.mjs').Step} Step */
/** @typedef {import('./journal.mjs').Result} Result */

const QUEUE = 'bench';
const BATCH = 200;

/**
 * BullMQ's flows, whatever they are stored in. A flow is a tree whose parents wait for their children, so its root is
 * the last step of a workload. Where one step has several to follow, a tree cannot say so: then that step is a job of
 * its own and adds the rest as a flow when it runs, under fixed ids, so that a second run would add nothing.
 */
export class BullMqFlows {
  #task;
  #concurrency;
  #common;
  #factory;
  #queue;
  #flows;
  /** @type {QueueEvents | undefined} */
  #events;
  /** @type {Worker | undefined} */
  #worker;
  /** The step that all the others wait for, if more than one of them names it. */
  #shared;

  /**
   * @param {import('./peer.mjs').PeerTask} task
   * @param {{ connection: any, concurrency: number, factory?: any }} options
   */
  constructor(task, { connection, concurrency, factory }) {
    this.#task = task;
    this.#concurrency = concurrency;
    this.#common = { connection };
    this.#factory = /** @type {any[]} */ (factory ? [factory] : []);
    this.#queue = new Queue(QUEUE, this.#common, ...this.#factory);
    this.#flows = new FlowProducer(this.#common, ...this.#factory);
    const { steps } = task.workload;
    const [first] = steps;
    this.#shared = steps.filter(({ parents }) => parents.includes(first.name)).length > 1 ? first : null;
  }

  open = async () => void (await this.#queue.waitUntilReady());

  async prepare() {}

  /** @param {number[]} orders */
  async submit(orders) {
    const { steps } = this.#task.workload;
    for (const chunk of chunksOf(orders, BATCH)) {
      if (steps.length === 1 || this.#shared) await this.#queue.addBulk(chunk.map((order) => jobOf(order, steps[0])));
      else await this.#flows.addBulk(chunk.map((order) => this.#flow(order, steps, {})));
    }
  }

  async work() {
    this.#worker = new Worker(
      QUEUE,
      (job) => this.#run(job),
      { ...this.#common, concurrency: this.#concurrency },
      ...this.#factory,
    );
    await this.#worker.waitUntilReady();
  }

  /** @param {number} order */
  async complete(order) {
    if (!this.#events) {
      this.#events = new QueueEvents(QUEUE, this.#common, ...this.#factory);
      await this.#events.waitUntilReady();
    }
    const { job } = await this.#flows.add(this.#flow(order, this.#task.workload.steps, {}));
    await job.waitUntilFinished(this.#events);
  }

  settled = async () => Math.floor((await this.#queue.getCompletedCount()) / this.#task.workload.steps.length);

  /** @param {number} tasks */
  async verify(tasks) {
    const { steps, sum } = this.#task.workload;
    const counts = await this.#queue.getJobCounts();
    const wrong = [];
    for (const [state, count] of Object.entries(counts)) {
      const expected = state === 'completed' ? tasks * steps.length : 0;
      if (count !== expected) wrong.push(`jobs ${state}: ${count}, not ${expected}`);
    }
    const last = /** @type {Step} */ (steps.at(-1)).name;
    const jobs = await this.#queue.getCompleted(0, -1);
    const right = jobs.filter(({ name, returnvalue }) => name === last && returnvalue.value === sum).length;
    if (right !== tasks) wrong.push(`right results: ${right}, not ${tasks}`);
    return wrong;
  }

  async stop() {
    for (const part of [this.#worker, this.#events, this.#flows, this.#queue]) await part?.close();
  }

  /** @param {any} job */
  async #run(job) {
    const { steps } = this.#task.workload;
    const { order } = job.data;
    const step = /** @type {Step} */ (steps.find(({ name }) => name === job.name));
    const results = step.parents.length === 0 ? [] : await this.#resultsFor(job, step);
    const result = await this.#task.journal.run(order, step.name, results);
    if (step === this.#shared) {
      await this.#flows.add(this.#flow(order, steps.slice(1), { [step.name]: result }));
    }
    return result;
  }

  /** @param {any} job @param {Step} step @returns {Promise<Result[]>} */
  async #resultsFor(job, step) {
    const { given } = job.data;
    if (step.parents.every((parent) => given[parent])) return step.parents.map((parent) => given[parent]);
    const values = /** @type {Result[]} */ (Object.values(await job.getChildrenValues()));
    return step.parents.map((parent) => /** @type {Result} */ (values.find((value) => value.step === parent)));
  }

  /** The tree that ends in the last of these steps. @param {number} order @param {Step[]} steps @param {Record<string, Result>} given @returns {any} */
  #flow(order, steps, given) {
    const node = (/** @type {Step} */ step) => ({
      ...jobOf(order, step, given),
      queueName: QUEUE,
      children: steps.filter(({ name }) => step.parents.includes(name)).map(node),
    });
    return node(/** @type {Step} */ (steps.at(-1)));
  }
}

/** @param {number} order @param {Step} step @param {Record<string, Result>} [given] */
const jobOf = (order, { name }, given = {}) => ({
  name,
  data: { ...contextOf(order), given },
  opts: { jobId: `task-${order}-${name}` },
});
