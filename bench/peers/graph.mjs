/** @typedef {import('../workloads.mjs').Step} Step */
/** @typedef {import('./journal.mjs').Result} Result */

/**
 * A workload as code, for peers whose workflows are functions: one level after the other, the steps of a level side
 * by side. A function that is replayed thus begins its steps in the same order each time.
 *
 * @param {Step[]} steps
 * @param {(step: Step, results: Result[]) => Promise<Result>} run
 * @param {(running: Promise<Result>[]) => Promise<Result[]>} [together] - the peer's own Promise.all, if it has one
 * @returns {Promise<Result>} of the last step
 */
export async function runByLevels(steps, run, together = (running) => Promise.all(running)) {
  /** @type {Map<string, Result>} */
  const results = new Map();
  let last = /** @type {Result | undefined} */ (undefined);
  for (const level of levelsOf(steps)) {
    const running = level.map((step) => run(step, /** @type {Result[]} */ (step.parents.map((p) => results.get(p)))));
    for (const result of running.length === 1 ? [await running[0]] : await together(running)) {
      results.set(result.step, result);
      last = result;
    }
  }
  return /** @type {Result} */ (last);
}

/** @param {Step[]} steps @returns {Step[][]} */
function levelsOf(steps) {
  /** @type {Map<string, number>} */
  const depths = new Map();
  /** @type {Step[][]} */
  const levels = [];
  for (const step of steps) {
    const depth = step.parents.length === 0 ? 0 : 1 + Math.max(...step.parents.map((p) => depths.get(p) ?? 0));
    depths.set(step.name, depth);
    (levels[depth] ??= []).push(step);
  }
  return levels;
}

/** @typedef {{ order: number, step: string, results: Result[] }} NextStep */

/**
 * A workload chained by hand, for plain queues: says which steps may be sent after one has ended. Joins are counted in
 * the memory of the one process that works: nothing of it would survive a crash, and no queue's table is asked.
 */
export class ByHand {
  /** @type {Map<string, Step[]>} */
  #children = new Map();
  /** @type {Map<string, { step: Step, results: Map<string, Result> }>} */
  #joins = new Map();

  /** @param {Step[]} steps */
  constructor(steps) {
    for (const step of steps) {
      for (const parent of step.parents) this.#children.set(parent, [...(this.#children.get(parent) ?? []), step]);
    }
  }

  /** @param {number} order @param {Result} result @returns {NextStep[]} */
  next(order, result) {
    const ready = [];
    for (const step of this.#children.get(result.step) ?? []) {
      const results = this.#arrived(order, step, result);
      if (results) ready.push({ order, step: step.name, results });
    }
    return ready;
  }

  /** The results of all parents, once they are there. @param {number} order @param {Step} step @param {Result} result */
  #arrived(order, step, result) {
    if (step.parents.length === 1) return [result];
    const key = `${order}/${step.name}`;
    const join = this.#joins.get(key) ?? { step, results: new Map() };
    this.#joins.set(key, join);
    join.results.set(result.step, result);
    if (join.results.size < step.parents.length) return null;
    this.#joins.delete(key);
    return /** @type {Result[]} */ (step.parents.map((parent) => join.results.get(parent)));
  }
}
