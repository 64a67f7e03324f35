import { Logger } from '@nestjs/common';
import { setMaxListeners } from 'node:events';
import type { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import type { AuditReader, EventPage } from './audit-reader.js';
import type { DurableSubscriber } from './durable-subscriber.js';
import { OrderedDelivery } from './ordered-delivery.js';
import { ProgressLedger, type Lease } from './progress-ledger.js';

/** What is under way when it is to end may take so long; then it is delivered again, by the next. */
const STOP_PATIENCE_MS = 5_000;

export interface TenureParts {
  subscriber: DurableSubscriber;
  store: SubscriptionStore;
  reader: AuditReader;
  /** Something is due: this tenure is to go on, or another to begin. */
  wake: () => void;
}

/** The time in which this process delivers the events of a subscription, as far as its lease goes. */
export class Tenure {
  private readonly logger = new Logger('tasker.delivery');
  private readonly ended = new AbortController();
  private readonly ledger: ProgressLedger;
  private readonly delivery: OrderedDelivery;
  private upto = 0;
  /** Of what was read, the events from `next` on have not been begun. */
  private page: EventPage | null = null;
  private next = 0;
  private reading: Promise<void> | null = null;
  private stopping: Promise<void> | null = null;

  /** @param position - all up to there is done */
  constructor(
    private readonly parts: TenureParts,
    private readonly lease: Lease,
    position: number,
  ) {
    const { subscriber, store, wake } = parts;
    setMaxListeners(0, this.ended.signal);
    this.ledger = new ProgressLedger(store, lease, position, {
      isDelivering: () => !this.delivery.isIdle,
      lost: () => this.end(),
      paused: () => void this.stop(),
    });
    this.delivery = new OrderedDelivery({
      subscriber,
      ledger: this.ledger,
      load: (event) => parts.reader.one(event.taskId, event),
      ended: this.ended.signal,
      wake,
    });
  }

  /** Whether it may still deliver: no other process can have taken over. */
  get isValid(): boolean {
    return this.stopping === null && this.ledger.isValid;
  }

  /** Takes up what earlier attempts have left, or operators have put back. */
  async refresh(): Promise<void> {
    this.delivery.expectWaiting();
    // what is being stored at the moment, then the rest
    await this.ledger.save();
    await this.ledger.save();
    this.delivery.takeUp(await this.parts.store.waiting(this.lease.subscription));
  }

  /** @param upto - the audit may be read up to here */
  goOn(upto: number): void {
    this.upto = Math.max(this.upto, upto);
    this.delivery.tryDue();
    if (this.ledger.rows.readUpto >= this.upto || !this.delivery.hasRoom) return;
    this.reading ??= this.read()
      .catch((error: unknown) => {
        this.logger.warn(`The subscription "${this.lease.subscription}" cannot read the audit: ${String(error)}`);
      })
      .finally(() => {
        this.reading = null;
        this.ledger.keepGoing();
      });
  }

  /** Ends it at once: another process may deliver. */
  end(): void {
    this.ended.abort(new Error('This process does not deliver for the subscription any more.'));
    this.delivery.close();
    this.ledger.close();
  }

  /** Ends it when what is under way was taken, or after a while, and lets another process go on at once. */
  stop(): Promise<void> {
    this.stopping ??= this.finish();
    return this.stopping;
  }

  private async read(): Promise<void> {
    const { rows } = this.ledger;
    const { reader, subscriber } = this.parts;
    while (this.delivery.hasRoom && rows.readUpto < this.upto) {
      this.page ??= await reader.page(rows.readUpto, this.upto, subscriber.interest);
      if (this.ended.signal.aborted || this.stopping) return;
      const { events, upto } = this.page;
      while (this.delivery.hasRoom && this.next < events.length) {
        const event = events[this.next++]!;
        if (subscriber.wants(event)) this.delivery.accept(event);
      }
      if (this.next < events.length) rows.readUpto = events[this.next]!.auditNo - 1;
      else {
        rows.readUpto = upto;
        this.page = null;
        this.next = 0;
      }
    }
  }

  private async finish(): Promise<void> {
    this.delivery.close();
    const deadline = Date.now() + STOP_PATIENCE_MS;
    while (!this.delivery.isIdle && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    const { store } = this.parts;
    const { subscription, holder } = this.lease;
    try {
      await this.ledger.save();
      await this.ledger.save();
      await store.release(subscription, holder);
    } catch {
      // The lease ends by itself, and what could not be stored is delivered again.
    }
    this.end();
  }
}
