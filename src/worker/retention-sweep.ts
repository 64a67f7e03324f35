import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { RetentionStore, type SweptBatch } from '../persistence/stores/retention.store.js';
import { isTransient } from '../persistence/transient.js';
import { Rescuer } from './rescuer.js';

/** Between two sweeps of all workers together, in milliseconds. */
const EVERY_MS = 600_000;
const FIRST_AFTER_MS = 30_000;
/** Tasks looked at in one transaction: as many as this takes, whatever their size. */
const BATCH = { first: 50, most: 1_000, ms: 100 };
/** After each batch it rests for so many times as long as the batch took: others have work to do. */
const REST = 4;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Sums = Omit<SweptBatch, 'upto'>;

/**
 * Deletes finished tasks that have been kept for as long as `retention.finishedTasksSeconds` and their templates say, and
 * removes contexts and results as templates demand. One worker at a time, in small transactions; what one has not done,
 * another does.
 */
@Injectable()
export class RetentionSweep {
  private readonly logger = new Logger('tasker.retention');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private stopping = new AbortController();

  constructor(
    private readonly store: RetentionStore,
    private readonly rescuer: Rescuer,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'retention'>,
  ) {}

  start(): void {
    this.stopping = new AbortController();
    this.schedule(FIRST_AFTER_MS);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** Sweeps at once; resolves when it has. */
  async sweepNow(): Promise<void> {
    await this.sweeping;
    if (!this.stopping.signal.aborted) await (this.sweeping = this.sweep());
  }

  private schedule(ms: number): void {
    this.timer = setTimeout(() => void this.turn(), ms * (0.75 + Math.random() / 2)).unref();
  }

  /** Every worker is asked as often as all of them together are to sweep: each does when it draws the lot. */
  private async turn(): Promise<void> {
    if (Math.random() * (this.rescuer.others + 1) < 1) await this.sweepNow();
    if (!this.stopping.signal.aborted) this.schedule(EVERY_MS);
  }

  /** Never rejects. */
  private async sweep(): Promise<void> {
    const sums: Sums = { deleted: 0, erased: 0, unread: 0, parked: 0 };
    try {
      const { finishedTasksSeconds: seconds } = this.config.retention;
      const before = await this.store.horizon(seconds);
      if (before === null) return;
      await this.walk(seconds, before, sums);
      if (seconds !== null) await this.store.dropPastMonths();
    } catch (error) {
      if (!isTransient(error)) this.logger.error('A sweep of finished tasks failed', error);
    }
    this.report(sums);
  }

  private async walk(seconds: number | null, before: string, sums: Sums): Promise<void> {
    const { signal } = this.stopping;
    let limit = BATCH.first;
    for (let after = FIRST_ID; !signal.aborted;) {
      const begun = performance.now();
      const batch = await this.store.sweep(seconds, after, before, limit);
      if (!batch || batch.upto === null) return;
      for (const key of Object.keys(sums) as (keyof Sums)[]) sums[key] += batch[key];
      after = batch.upto;
      const tookMs = performance.now() - begun;
      limit = Math.min(BATCH.most, Math.ceil((limit * BATCH.ms) / tookMs));
      await delay(tookMs * REST, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private report({ deleted, erased, unread, parked }: Sums): void {
    if (deleted > 0) this.logger.log(`Deleted ${deleted} finished tasks that were past their retention`);
    if (erased > 0) this.logger.log(`Removed contexts and results of ${erased} finished tasks`);
    if (parked > 0) this.logger.warn(`${parked} events that subscriptions had parked went with their tasks`);
    if (unread === 0) return;
    this.logger.warn(
      `${unread} finished tasks are past their retention and are kept: a durable subscription has yet to be given ` +
        'their events. Run the process that takes them, resume the subscription, or delete it.',
    );
  }
}
