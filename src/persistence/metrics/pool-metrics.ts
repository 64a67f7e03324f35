import { Injectable } from '@nestjs/common';
import { BUILD_INFO, POOL_CONNECTIONS, POOL_SIZE, POOL_WAITING } from '../../metrics/families.js';
import { Instruments } from '../../metrics/instruments.js';
import { Database } from '../database.js';
import { RELEASE } from '../release.js';

/** How the connections of this process are used. */
@Injectable()
export class PoolMetrics {
  constructor(instruments: Instruments, { pool }: Database) {
    const connections = instruments.gauge(POOL_CONNECTIONS);
    const waiting = instruments.gauge(POOL_WAITING);
    instruments.gauge(POOL_SIZE).with({}).set(pool.options.max);
    instruments.gauge(BUILD_INFO).with({ version: RELEASE }).set(1);
    instruments.probe({
      name: 'database_pool',
      freshMs: 0,
      ask: () => ({ idle: pool.idleCount, used: pool.totalCount - pool.idleCount, queue: pool.waitingCount }),
      say: (use) => {
        if (use === null) return;
        connections.with({ state: 'idle' }).set(use.idle);
        connections.with({ state: 'used' }).set(use.used);
        waiting.with({}).set(use.queue);
      },
    });
  }
}
