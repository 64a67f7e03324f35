import { CACHE_TYPES } from '../../core/template-policies.js';
import type { Batching, Caching, ConcurrencyLimits, DatabasePool, Performance } from '../../core/template-policies.js';
import { duration } from '../quantities.js';
import { key, reader, refuse } from '../reader.js';
import type { Reader } from '../reader.js';
import { record } from '../record.js';
import { boolean, wholeFrom, wordOf } from '../values.js';
import { writtenAt } from '../written.js';

const count = wholeFrom(1, 1_000_000);
const connections = wholeFrom(1, 1_000);

const poolKeys = record(
  {
    min_connections: key('A process that runs the steps must have a pool of at least so many connections', connections),
    max_connections: key('Connections that the steps may hold at once in one process, by transaction()', connections),
    connection_timeout: key(
      'transaction() fails, to be tried again, if it has no connection after this: seconds, or a duration',
      duration,
    ),
  },
  { what: 'database_pool' },
);

const databasePool: Reader<DatabasePool> = reader(poolKeys.jsonSchema, (written, label, reading) => {
  const fields = poolKeys(written, label, reading);
  if (fields === undefined) return undefined;
  const { min_connections: min = null, max_connections: max = null, connection_timeout: wait = null } = fields;
  if (min !== null && max !== null && max < min) {
    return refuse(
      writtenAt(written, '/max_connections'),
      `max_connections must not be less than min_connections, but is ${max}`,
      reading,
    );
  }
  return { minConnections: min, maxConnections: max, connectionTimeoutSeconds: wait };
});

const cachingKeys = record(
  {
    enabled: key('Whether results are kept near the steps', boolean, true),
    cache_type: key(
      'memory: in the worker that ran the task. redis: shared by workers; a process without one does not start with the template',
      wordOf(CACHE_TYPES),
      'memory',
    ),
    ttl: key(
      'What a worker knows of a task is forgotten so long after its last use, and read again: seconds, or 1h',
      duration,
      3600,
    ),
  },
  { what: 'caching' },
);

const caching: Reader<Caching | null> = reader(cachingKeys.jsonSchema, (written, label, reading) => {
  const fields = cachingKeys(written, label, reading);
  if (fields === undefined) return undefined;
  if (fields.enabled === false) return null;
  return { cacheType: fields.cache_type ?? 'memory', ttlSeconds: fields.ttl ?? 3600 };
});

const batchingKeys = record(
  {
    enabled: key('Whether there is such a bound', boolean, true),
    batch_size: key('At most so many of its tasks are created in one transaction', wholeFrom(1, 10_000), 100),
    batch_timeout: key(
      'Creating a task is answered database_unavailable if it is not written after this: seconds, or a duration',
      duration,
      5,
    ),
  },
  { what: 'batching' },
);

const batching: Reader<Batching | null> = reader(batchingKeys.jsonSchema, (written, label, reading) => {
  const fields = batchingKeys(written, label, reading);
  if (fields === undefined) return undefined;
  if (fields.enabled === false) return null;
  return { batchSize: fields.batch_size ?? 100, batchTimeoutSeconds: fields.batch_timeout ?? 5 };
});

const concurrencyKeys = record(
  {
    max_concurrent_tasks: key('Tasks of the template in progress at once, over all workers', count),
    max_concurrent_workflows: key('The same as max_concurrent_tasks', count),
    max_concurrent_steps: key('Steps of the template that run at once, over all workers', count),
    queue_size: key(
      'Tasks that may wait for their turn; creating one more is refused for now',
      wholeFrom(0, 1_000_000_000),
    ),
  },
  { what: 'concurrency' },
);

const concurrency: Reader<ConcurrencyLimits> = reader(concurrencyKeys.jsonSchema, (written, label, reading) => {
  const fields = concurrencyKeys(written, label, reading);
  if (fields === undefined) return undefined;
  const { max_concurrent_tasks: tasks, max_concurrent_workflows: workflows } = fields;
  if (tasks !== undefined && workflows !== undefined && tasks !== workflows) {
    const place = writtenAt(written, '/max_concurrent_workflows');
    return refuse(
      place,
      `max_concurrent_workflows must be the same as max_concurrent_tasks (${tasks}), but is ${workflows}: give only one`,
      reading,
    );
  }
  return {
    maxConcurrentTasks: tasks ?? workflows ?? null,
    maxConcurrentSteps: fields.max_concurrent_steps ?? null,
    queueSize: fields.queue_size ?? null,
  };
});

const keys = record(
  {
    concurrency: key('Limits over all tasks and all workers', concurrency),
    database_pool: key('What the steps ask of the connection pool of a process', databasePool),
    caching: key('How results are kept near the steps', caching),
    batching: key('How many tasks are written together', batching),
  },
  { what: 'performance' },
);

/** `performance`: limits, and what the steps ask of a process. */
export const performance: Reader<Performance & { concurrency: ConcurrencyLimits | null }> = reader(
  keys.jsonSchema,
  (written, label, reading) => {
    const fields = keys(written, label, reading);
    return (
      fields && {
        concurrency: fields.concurrency ?? null,
        databasePool: fields.database_pool ?? null,
        caching: fields.caching ?? null,
        batching: fields.batching ?? null,
      }
    );
  },
);
