import { createPostgresBackend } from 'bullmq';
import { BullMqFlows } from './bullmq-flows.mjs';

const CONCURRENCY = 32;

/** @type {import('./peer.mjs').PeerFacts} */
export const facts = {
  title: 'BullMQ flows, PostgreSQL',
  package: 'bullmq',
  store: 'postgresql',
  durability: 'every transition is a commit, fsync on',
  tuned: `concurrency ${CONCURRENCY} with as many connections, the upper end of what its page on PostgreSQL measures`,
  docs: 'https://docs.bullmq.io/guide/postgresql',
  limits: ['trees only: in W1 and W4 step A adds the rest of the flow when it runs'],
  tasks: { W1: 1_000, W2: 1_000, W4: 40, W5: 5_000 },
};

/** @param {import('./peer.mjs').PeerTask} task @returns {import('./peer.mjs').Peer} */
export const create = (task) =>
  new BullMqFlows(task, {
    connection: { connectionString: task.place.url, max: CONCURRENCY, migrate: true },
    concurrency: CONCURRENCY,
    factory: createPostgresBackend,
  });
