import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AuditWatch } from '../delivery/audit-watch.js';
import { AnalyticsStore } from '../persistence/stores/analytics.store.js';
import { AuditStore } from '../persistence/stores/audit.store.js';
import { isTransient } from '../persistence/transient.js';

/** Between two turns of this process, in milliseconds, more or less: what has not been rolled up, answers count themselves. */
const EVERY_MS = 2_000;
/** After a look, transactions that were writing then have ended for the most part. */
const SETTLE_MS = 50;
/** Numbers of the audit that one transaction passes: as many as this takes. */
const BATCH = { first: 5_000, most: 200_000, ms: 250 };
/** After each batch it rests for so many times as long as the batch took, unless somebody waits: others have work to do. */
const REST = 2;
/** Rows that may come before the index is told of them, as others do who read the audit on. */
const ROWS_PER_SUMMARY = 50_000;
const FORGET_EVERY_MS = 3_600_000;

/**
 * Adds to the roll-ups what the audit grows by. All processes that run steps take turns, one at a time, and the place that one
 * has come to is stored with the sums: nothing is counted twice or left out, whoever dies. An idle system writes nothing.
 */
@Injectable()
export class RollUpSweep {
  private readonly logger = new Logger('tasker.analytics');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopping = new AbortController();
  private isFailing = false;
  private isUrgent = false;
  private position = 0;
  private summarizedAt = 0;
  private forgottenAt = -Infinity;
  private limit = BATCH.first;

  constructor(
    private readonly store: AnalyticsStore,
    private readonly audit: AuditStore,
    private readonly watch: AuditWatch,
  ) {}

  start(): void {
    this.stopping = new AbortController();
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** Adds all that may be read of the audit; resolves when it has, or when another process is at it. Never rejects. */
  sweepNow(): Promise<void> {
    this.sweeping = this.sweeping.then(() => (this.stopping.signal.aborted ? undefined : this.sweep()));
    return this.sweeping;
  }

  /** Adds all that may be read without a rest: answers take long to count it themselves. Never rejects. */
  async hurry(): Promise<void> {
    if (this.isUrgent) return;
    this.isUrgent = true;
    await this.sweepNow();
    this.isUrgent = false;
  }

  private schedule(): void {
    this.timer = setTimeout(() => void this.turn(), EVERY_MS * (0.75 + Math.random() / 2)).unref();
  }

  private async turn(): Promise<void> {
    await this.sweepNow();
    if (!this.stopping.signal.aborted) this.schedule();
  }

  private async sweep(): Promise<void> {
    try {
      const upto = await this.readable();
      if (upto > this.position) await this.rollUp(upto);
      if (performance.now() > this.forgottenAt + FORGET_EVERY_MS) {
        this.forgottenAt = performance.now();
        await this.store.forget();
      }
      if (this.isFailing) this.logger.log('Figures are kept again.');
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing && !isTransient(error)) {
        this.logger.error(`Figures cannot be kept, trying again: ${String(error)}`);
      }
      this.isFailing = !isTransient(error);
    }
  }

  /** How far the audit may be read, asked twice where there is more of it that is not known to be whole yet. */
  private async readable(): Promise<number> {
    const position = await this.watch.look();
    if (this.watch.drawn <= position) return position;
    await this.pause(SETTLE_MS);
    return this.watch.look();
  }

  private async rollUp(upto: number): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      this.summarize(upto);
      const begun = performance.now();
      const position = await this.store.rollUp(upto, this.limit);
      const tookMs = performance.now() - begun;
      if (position === null) return;
      const isWhole = position - this.position >= this.limit;
      this.position = position;
      if (position >= upto) return;
      if (isWhole) this.limit = Math.min(BATCH.most, Math.max(BATCH.first, (this.limit * BATCH.ms) / tookMs)) | 0;
      if (!this.isUrgent) await this.pause(tookMs * REST);
    }
  }

  private summarize(upto: number): void {
    if (upto - this.summarizedAt < ROWS_PER_SUMMARY) return;
    this.summarizedAt = upto;
    this.audit
      .summarize()
      .catch((error: unknown) => this.logger.warn(`The audit's index cannot be brought up to date: ${String(error)}`));
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
