import { Logger } from '@nestjs/common';
import { moment } from '../core/clock.js';
import type { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import type { Holder } from '../persistence/stores/subscriptions.js';
import type { AuditReader } from './audit-reader.js';
import type { AuditFollower, AuditWatch } from './audit-watch.js';
import type { DurableSubscriber } from './durable-subscriber.js';
import { Tenure } from './tenure.js';

/** Between two attempts to take over what another process has, while there is something to deliver. */
const STANDBY_MS = 500;

export interface RunnerParts {
  store: SubscriptionStore;
  reader: AuditReader;
  watch: AuditWatch;
  holder: Holder;
  /** A process that has said nothing for so long has lost the subscription. */
  leaseMs: number;
}

/**
 * Delivers for a subscription whenever this process can have it: of all processes that run it, one at a time does.
 * Where there is nothing to deliver nobody has it, and nothing is written.
 */
export class SubscriptionRunner implements AuditFollower {
  private readonly logger = new Logger('tasker.delivery');
  private tenure: Tenure | null = null;
  private turning: Promise<void> | null = null;
  private isAskedAgain = false;
  private triedAt = -Infinity;
  private sweep: NodeJS.Timeout | null = null;
  private retry: NodeJS.Timeout | null = null;
  private stopFollowing: (() => void) | null = null;
  private isFailing = false;

  constructor(
    private readonly parts: RunnerParts,
    private readonly subscriber: DurableSubscriber,
  ) {}

  async start(): Promise<void> {
    const { name, events, fromNow } = this.subscriber;
    await this.parts.store.register(name, events, fromNow);
    this.stopFollowing = this.parts.watch.follow(this);
    // for one whose holder has died, or that has something to try again
    this.sweep = setInterval(() => this.look(), this.parts.leaseMs / 2);
    this.sweep.unref();
    this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.sweep ?? undefined);
    clearTimeout(this.retry ?? undefined);
    this.stopFollowing?.();
    this.stopFollowing = null;
    await this.turning;
    await this.tenure?.stop();
    this.tenure = null;
  }

  grown(): void {
    this.wake();
  }

  restarted(): void {
    this.tenure?.end();
    this.parts.reader.forget();
  }

  /** Looks whether there is something to deliver, or to take up that others have put there. */
  look(): void {
    this.triedAt = -Infinity;
    if (this.tenure?.isValid) this.tenure.refresh().catch(() => undefined);
    this.wake();
  }

  private wake(): void {
    if (this.turning) {
      this.isAskedAgain = true;
      return;
    }
    this.turning = this.turn().finally(() => {
      this.turning = null;
      if (!this.isAskedAgain) return;
      this.isAskedAgain = false;
      this.wake();
    });
  }

  /** Never rejects. */
  private async turn(): Promise<void> {
    if (this.tenure && !this.tenure.isValid) {
      this.tenure.end();
      this.tenure = null;
      // it was this one's: what there is to do is most likely its own to do
      this.triedAt = -Infinity;
    }
    try {
      if (!this.tenure && this.stopFollowing) await this.tryLease();
      this.tenure?.goOn(this.parts.watch.position);
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn(`"${this.subscriber.name}" cannot deliver, trying again: ${String(error)}`);
      this.isFailing = true;
    }
  }

  private async tryLease(): Promise<void> {
    const tooSoonMs = this.triedAt + STANDBY_MS - performance.now();
    if (tooSoonMs <= 0) return this.lease();
    this.retry ??= setTimeout(() => {
      this.retry = null;
      this.wake();
    }, tooSoonMs).unref();
  }

  private async lease(): Promise<void> {
    const { store, reader, watch, holder, leaseMs } = this.parts;
    const { subscriber } = this;
    const since = moment();
    this.triedAt = since.ticks;
    const position = await store.lease(subscriber.name, holder, leaseMs, watch.position);
    if (position === null) return;
    const parts = { subscriber, store, reader, wake: () => this.wake() };
    const tenure = new Tenure(parts, { subscription: subscriber.name, holder, leaseMs, since }, position);
    try {
      await tenure.refresh();
      this.tenure = tenure;
    } finally {
      if (!this.tenure) tenure.end();
    }
  }
}
