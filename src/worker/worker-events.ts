import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { EventBus } from '../events/event-bus.js';
import type { Facts } from '../events/payloads.js';
import type { WorkerFacts } from '../events/tasker-events.js';
import { WorkerStore } from '../persistence/stores/worker.store.js';

/** Says how workers come and go. */
@Injectable()
export class WorkerEvents {
  constructor(
    private readonly bus: EventBus,
    private readonly workers: WorkerStore,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  started(workerId: number): void {
    const { slots } = this.config.worker;
    this.bus.publish('observability.worker.started', () => ({ ...this.ownFacts(workerId), slots }));
  }

  stopped(workerId: number): void {
    this.bus.publish('observability.worker.stopped', () => this.ownFacts(workerId));
  }

  /** Workers that this process has found dead. */
  async lost(workerIds: readonly number[]): Promise<void> {
    if (workerIds.length === 0 || !this.bus.hears('observability.worker.lost')) return;
    for (const { id, name, host, pid } of await this.workers.find(workerIds)) {
      const facts = { worker_id: id, worker_name: name, host, pid };
      this.bus.publish('observability.worker.lost', () => facts);
    }
  }

  private ownFacts(workerId: number): Facts<WorkerFacts> {
    return { worker_id: workerId, worker_name: this.config.worker.name, host: hostname(), pid: process.pid };
  }
}
