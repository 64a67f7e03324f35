import { BullMqFlows } from './bullmq-flows.mjs';

const CONCURRENCY = 100;

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'BullMQ flows, Redis',
  package: 'bullmq',
  store: 'redis',
  durability: 'appendonly, appendfsync everysec: up to a second can be lost',
  tuned: `concurrency ${CONCURRENCY}, jobs added in bulk`,
  docs: 'https://docs.bullmq.io/guide/workers/concurrency',
  limits: ['trees only: in W1 and W4 step A adds the rest of the flow when it runs'],
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export const create = (task) =>
  new BullMqFlows(task, {
    connection: { host: '127.0.0.1', port: task.place.redis?.port, maxRetriesPerRequest: null },
    concurrency: CONCURRENCY,
  });
