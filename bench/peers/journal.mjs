/** @typedef {import('../workloads.mjs').Workload} Workload */
/** @typedef {{ step: string, order: number, value: number }} Result */

const BEGUN = 1;
const ENDED = 2;
const MOST_MISTAKES = 10;

/**
 * The handlers of every peer, and what they saw: which step ran, how often, after whom and with whose results.
 * It is in memory, and so says what really ran, whatever a peer's tables say.
 */
export class Journal {
  /** @type {string[]} */
  mistakes = [];
  /** Called before the first step of all. */
  onFirst = () => {};
  /** Steps that have ended. */
  ended = 0;
  /** Tasks all of whose steps have ended. */
  tasks = 0;
  /** @type {Map<number, { marks: Uint8Array, left: number }>} */
  #orders = new Map();
  /** @type {Map<number, () => void>} */
  #waiting = new Map();
  /** @type {Map<string, { place: number, parents: string[], parentPlaces: number[] }>} */
  #steps = new Map();

  /** @param {Workload} workload */
  constructor({ steps }) {
    steps.forEach(({ name, parents }, place) => {
      const parentPlaces = parents.map((parent) => /** @type {{ place: number }} */ (this.#steps.get(parent)).place);
      this.#steps.set(name, { place, parents, parentPlaces });
    });
  }

  /**
   * The handler of a step: adds up what its parents left.
   *
   * @param {number} order
   * @param {string} name
   * @param {Result[]} results - of its parents, in the order in which the workload names them
   * @returns {Promise<Result>}
   */
  async run(order, name, results) {
    if (this.#orders.size === 0) this.onFirst();
    const step = this.#steps.get(name);
    if (!step) throw new Error(`there is no step ${name}`);
    const { marks } = this.#task(order);
    if (marks[step.place] !== 0) this.#note(`${name} of ${order} ran more than once`);
    if (step.parentPlaces.some((parent) => marks[parent] !== ENDED)) {
      this.#note(`${name} of ${order} ran before its parents had ended`);
    }
    marks[step.place] = BEGUN;
    let value = 1;
    step.parents.forEach((parent, n) => {
      if (results[n]?.step !== parent || results[n].order !== order) {
        this.#note(`${name} of ${order} was given ${JSON.stringify(results[n])} for ${parent}`);
      }
      value += results[n]?.value ?? Number.NaN;
    });
    this.#end(order, step.place);
    return { step: name, order, value };
  }

  /** Resolves when every step of a task has ended. @param {number} order @returns {Promise<void>} */
  taskEnded(order) {
    if (this.#orders.get(order)?.left === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(order, resolve));
  }

  /** Resolves when so many tasks have ended; rejects when nothing has happened for so long. @param {number} tasks @param {number} stalledMs */
  async allEnded(tasks, stalledMs) {
    for (let seen = -1, at = Date.now(); this.tasks < tasks;) {
      if (this.ended !== seen) {
        seen = this.ended;
        at = Date.now();
      } else if (Date.now() - at > stalledMs) {
        throw new Error(`stalled with ${this.tasks} of ${tasks} tasks and ${this.ended} steps ended`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** @param {number} order */
  #task(order) {
    let task = this.#orders.get(order);
    if (!task) this.#orders.set(order, (task = { marks: new Uint8Array(this.#steps.size), left: this.#steps.size }));
    return task;
  }

  /** @param {number} order @param {number} place */
  #end(order, place) {
    const task = this.#task(order);
    task.marks[place] = ENDED;
    this.ended++;
    if (--task.left !== 0) return;
    this.tasks++;
    this.#waiting.get(order)?.();
    this.#waiting.delete(order);
  }

  /** @param {string} mistake */
  #note(mistake) {
    if (this.mistakes.length < MOST_MISTAKES) this.mistakes.push(mistake);
  }
}
