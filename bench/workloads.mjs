/**
 * @typedef {{ name: string, parents: string[] }} Step
 * @typedef {object} Workload
 * @property {string} title
 * @property {'drain' | 'latency' | 'memory'} kind
 * @property {number} tasks
 * @property {Step[]} steps
 * @property {number} sum - what the last step's result must say
 * @property {boolean} [apart] - the process that asks is not the one that works
 */

/** @type {(name: string, ...parents: string[]) => Step} */
const step = (name, ...parents) => ({ name, parents });

const DIAMOND = [step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c'), step('e', 'd')];
const CHAIN = [step('a'), step('b', 'a'), step('c', 'b'), step('d', 'c'), step('e', 'd')];
const SINGLE = [step('a')];
const MIDDLE = Array.from({ length: 100 }, (_, n) => `middle_${n}`);
const WIDE = [step('a'), ...MIDDLE.map((name) => step(name, 'a')), step('z', ...MIDDLE)];

/** @type {Record<string, Workload>} */
export const WORKLOADS = {
  W1: { title: 'diamond A > (B, C) > D > E', kind: 'drain', tasks: 5_000, steps: DIAMOND, sum: 6 },
  W2: { title: 'chain of five', kind: 'drain', tasks: 5_000, steps: CHAIN, sum: 5 },
  W3: { title: 'one chain at a time, idle system', kind: 'latency', tasks: 200, steps: CHAIN, sum: 5 },
  W3b: { title: 'as W3, asked by another process', kind: 'latency', tasks: 200, steps: CHAIN, sum: 5, apart: true },
  W4: { title: '1 > 100 > 1', kind: 'drain', tasks: 100, steps: WIDE, sum: 201 },
  W5: { title: 'one step', kind: 'drain', tasks: 20_000, steps: SINGLE, sum: 1 },
  memory: { title: 'diamonds in waves', kind: 'memory', tasks: 100_000, steps: DIAMOND, sum: 6 },
};

/** What a task is given. @param {number} order */
export const contextOf = (order) => ({ order, customer: 'c-1042', items: [{ sku: 'k-17', count: 2 }] });
