/**
 * What the bench asks of a peer. One instance lives in one process: the one that submits, or the one that works.
 *
 * @typedef {object} Peer
 * @property {() => Promise<void>} open - connects
 * @property {() => Promise<void>} prepare - makes tables and queues; once for a database, after `open`
 * @property {(orders: number[]) => Promise<void>} submit - resolves once tasks of these orders are stored
 * @property {() => Promise<void>} work - begins to run what is submitted; every step goes through the journal
 * @property {() => Promise<number>} settled - how many tasks the store says are complete
 * @property {(order: number) => Promise<void>} [complete] - submits one task and resolves when the peer itself says it
 *   is complete; without it the end of the last handler counts
 * @property {(tasks: number) => Promise<string[]>} verify - what is wrong in the store, after so many tasks
 * @property {() => Promise<void>} stop
 */

/**
 * @typedef {object} PeerFacts
 * @property {string} title
 * @property {string} package - of npm
 * @property {'postgresql' | 'redis' | 'restate'} store
 * @property {string} durability - of a step that was recorded
 * @property {string} tuned - what was set, and why
 * @property {string} docs - where its makers advise it
 * @property {string[]} [limits] - what the figures leave out
 * @property {boolean} [overlaps] - works on tasks while they are submitted: the clock then covers both
 * @property {Record<string, number>} [tasks] - fewer than the workload has, where it is slow; by workload
 */

/** @typedef {import('../workloads.mjs').Workload} Workload */
/** @typedef {import('./journal.mjs').Journal} Journal */

/**
 * @typedef {object} Place
 * @property {string} url - of a database of this run's own
 * @property {{ port: number }} [redis]
 * @property {{ ingress: number, admin: number, handlers: number }} [restate]
 */

/** @typedef {{ place: Place, workload: Workload, journal: Journal }} PeerTask */

/** The files of this folder that are peers, in the order of the table. */
export const PEERS = [
  'dbos',
  'openworkflow',
  'bullmq-redis',
  'bullmq-postgres',
  'pg-boss-flow',
  'pg-boss-by-hand',
  'graphile-worker',
  'restate',
];

/**
 * @param {string} name - one of PEERS
 * @returns {Promise<{ facts: PeerFacts, create: (task: PeerTask) => Peer }>}
 */
export const loadPeer = (name) => import(`./${name}.mjs`);
