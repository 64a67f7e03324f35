import { Logger } from '@nestjs/common';
import { elapsedMs, moment, type Moment } from '../core/clock.js';
import type { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import type { DeliveryProgress, EventKey, Holder, Postponement } from '../persistence/stores/subscriptions.js';
import type { AuditEvent } from './audit-event.js';
import { OpenRows } from './open-rows.js';
import { keyOf } from './waiting-events.js';

/** Between two looks whether there is something to store. */
const TICK_MS = 200;
/** A position that has only passed over what nobody wants is stored after so many rows, or so long. */
const PASSED = { rows: 5_000, ms: 5_000 };

export interface Lease {
  subscription: string;
  holder: Holder;
  leaseMs: number;
  /** When it was asked for. */
  since: Moment;
}

export interface LedgerOwner {
  /** Whether anything is being delivered: the lease must not end meanwhile. */
  isDelivering(): boolean;
  /** Another process has taken over, or may have. */
  lost(): void;
  paused(): void;
}

interface Unsaved {
  kept: DeliveryProgress['kept'];
  done: DeliveryProgress['done'];
  /** By their keys: an event may have failed more than once since. */
  failed: Map<string, DeliveryProgress['failed'][number]>;
}

/**
 * What was done for a subscription: stored a few times a second, all of it together with the position, while there is
 * something to store; this also renews the lease. Nothing is written where nothing is done.
 */
export class ProgressLedger {
  private readonly logger = new Logger('tasker.delivery');
  readonly rows: OpenRows;
  private unsaved = nothing();
  private hasDelivered = false;
  private savedAt: Moment;
  private saving: Promise<void> | null = null;
  private tick: NodeJS.Timeout | null = null;
  private isOver = false;

  constructor(
    private readonly store: SubscriptionStore,
    private readonly lease: Lease,
    private position: number,
    private readonly owner: LedgerOwner,
  ) {
    this.rows = new OpenRows(position);
    this.savedAt = lease.since;
  }

  /** Whether no other process can have taken over. */
  get isValid(): boolean {
    return !this.isOver && elapsedMs(this.savedAt) < this.lease.leaseMs;
  }

  /** An event was taken when it was first offered. */
  delivered({ auditNo }: EventKey): void {
    this.rows.close(auditNo);
    this.changed();
  }

  /** An event was not taken, or waits: its row counts as done, as what is kept is stored together with the position. */
  keep(event: AuditEvent, postponement: Postponement): void {
    const { auditNo, eventNo, id, name, taskId } = event;
    this.unsaved.kept.push({ auditNo, eventNo, eventId: id, event: name, taskId, ...postponement });
    this.rows.close(auditNo);
    this.changed();
  }

  /** An event that had waited was taken. */
  done({ auditNo, eventNo }: EventKey): void {
    this.unsaved.done.push({ auditNo, eventNo });
    this.changed();
  }

  /** An event that had waited was not taken again. */
  failed({ auditNo, eventNo }: EventKey, postponement: Postponement): void {
    this.unsaved.failed.set(keyOf({ auditNo, eventNo }), { auditNo, eventNo, ...postponement });
    this.changed();
  }

  /** Sees to it that what was done gets stored, and that the lease is renewed while something is under way. */
  keepGoing(): void {
    if (this.tick || this.isOver || !this.isBusy) return;
    this.tick = setTimeout(() => {
      this.tick = null;
      void this.turn().finally(() => this.keepGoing());
    }, TICK_MS);
    this.tick.unref();
  }

  /** Stores what was done by now, or what was done when the storing that is under way began. */
  save(): Promise<void> {
    this.saving ??= this.write().finally(() => (this.saving = null));
    return this.saving;
  }

  /** Nothing is stored any more. */
  close(): void {
    this.isOver = true;
    clearTimeout(this.tick ?? undefined);
  }

  private changed(): void {
    this.hasDelivered = true;
    this.keepGoing();
  }

  private get isBusy(): boolean {
    return this.owner.isDelivering() || this.rows.floor > this.position || hasSomething(this.unsaved);
  }

  /** Never rejects. */
  private async turn(): Promise<void> {
    const sinceMs = elapsedMs(this.savedAt);
    const passed = this.rows.floor - this.position;
    const isWorthIt =
      hasSomething(this.unsaved) ||
      (passed > 0 && (this.hasDelivered || passed >= PASSED.rows || sinceMs >= PASSED.ms)) ||
      (this.owner.isDelivering() && sinceMs >= this.lease.leaseMs / 3);
    if (!isWorthIt) return;
    await this.save().catch((error: unknown) => {
      const what = `The position of the subscription "${this.lease.subscription}"`;
      this.logger.warn(`${what} cannot be stored, trying again: ${String(error)}`);
    });
    if (!this.isOver && !this.isValid) this.owner.lost();
  }

  private async write(): Promise<void> {
    const { subscription, holder, leaseMs } = this.lease;
    const { unsaved } = this;
    const position = Math.max(this.position, this.rows.floor);
    const isNews = hasSomething(unsaved) || position > this.position || this.owner.isDelivering();
    if (this.isOver || !isNews) return;
    const progress = { ...unsaved, failed: [...unsaved.failed.values()], position };
    this.unsaved = nothing();
    this.hasDelivered = false;
    const asked = moment();
    const state = await this.store.save(subscription, holder, leaseMs, progress).catch((error: unknown) => {
      this.unsaved = join(unsaved, this.unsaved);
      throw error;
    });
    if (this.isOver) return;
    if (state === null) return this.owner.lost();
    this.savedAt = asked;
    this.position = position;
    if (state === 'paused') this.owner.paused();
  }
}

const nothing = (): Unsaved => ({ kept: [], done: [], failed: new Map() });
const hasSomething = ({ kept, done, failed }: Unsaved): boolean => kept.length + done.length + failed.size > 0;
const join = (a: Unsaved, b: Unsaved): Unsaved => ({
  kept: [...a.kept, ...b.kept],
  done: [...a.done, ...b.done],
  failed: new Map([...a.failed, ...b.failed]),
});
