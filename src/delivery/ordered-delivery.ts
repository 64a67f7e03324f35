import { Logger } from '@nestjs/common';
import type { Postponement, WaitingEvent } from '../persistence/stores/subscriptions.js';
import type { AuditEvent } from './audit-event.js';
import { BEHIND, postponementOf } from './delivery-failure.js';
import type { DurableSubscriber } from './durable-subscriber.js';
import { Lanes } from './lanes.js';
import { offer } from './offer.js';
import type { ProgressLedger } from './progress-ledger.js';
import { keyOf, WaitingEvents } from './waiting-events.js';

/** Tasks whose events are delivered at the same time. */
const WIDTH = 16;
/** No more is taken while so many events are under way, or have to be tried again. */
const MOST = { underWay: 200, waiting: 1_000 };
/** A waiting event could not be read. */
const RELOAD_MS = 1_000;

/** What is to be done next for a task: an event for the first time, or the first of those that wait. */
type Item = AuditEvent | 'waiting';

export interface DeliveryOutlet {
  subscriber: DurableSubscriber;
  ledger: ProgressLedger;
  /** Reads a waiting event again; null where it is gone. */
  load: (event: WaitingEvent) => Promise<AuditEvent | null>;
  /** Fires when nothing counts any more. */
  ended: AbortSignal;
  /** A waiting event is due, or there is room for more. */
  wake: () => void;
}

/**
 * Offers events to a subscriber: those of one task one after the other, those of others meanwhile. An event that is not
 * taken is offered again, and the later ones of its task wait behind it until it is taken or parked.
 */
export class OrderedDelivery {
  private readonly logger = new Logger('tasker.delivery');
  private readonly waiting = new WaitingEvents();
  private readonly lanes = new Lanes<Item>(WIDTH, (taskId, item) => this.run(taskId, item));
  /** Tasks whose first waiting event is being tried. */
  private readonly trying = new Set<string>();
  private settled = new Set<string>();
  private due: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(private readonly outlet: DeliveryOutlet) {}

  get hasRoom(): boolean {
    return !this.isOver && this.lanes.size < MOST.underWay && this.waiting.size < MOST.waiting;
  }

  get isIdle(): boolean {
    return this.lanes.size === 0;
  }

  /** For the first time. */
  accept(event: AuditEvent): void {
    this.outlet.ledger.rows.open(event.auditNo);
    if (this.waiting.has(event.taskId)) this.keep(event, BEHIND);
    else this.lanes.push(event.taskId, event);
  }

  /** From here on it is remembered what was settled, for what is read meanwhile may still have it as waiting. */
  expectWaiting(): void {
    this.settled = new Set();
  }

  /** What earlier attempts have left, or operators have put back. */
  takeUp(events: readonly WaitingEvent[]): void {
    for (const event of events) if (!this.settled.has(keyOf(event))) this.waiting.add({ ...event });
    this.tryDue();
  }

  /** Offers the waiting events whose time has come, and wakes when the next one's comes. */
  tryDue(): void {
    clearTimeout(this.due ?? undefined);
    if (this.isOver) return;
    const { tasks, nextMs } = this.waiting.due(Date.now());
    for (const taskId of tasks) {
      if (this.trying.has(taskId)) continue;
      this.trying.add(taskId);
      this.lanes.push(taskId, 'waiting');
      this.outlet.ledger.keepGoing();
    }
    if (nextMs === null) return;
    this.due = setTimeout(this.outlet.wake, Math.max(1, nextMs - Date.now()));
    this.due.unref();
  }

  /** Begins nothing any more. */
  close(): void {
    this.isClosed = true;
    this.lanes.clear();
    clearTimeout(this.due ?? undefined);
  }

  private get isOver(): boolean {
    return this.isClosed || this.outlet.ended.aborted;
  }

  /** Never rejects. */
  private async run(taskId: string, item: Item): Promise<void> {
    // The lease has ended, or nearly so: another tenure takes it up, here or elsewhere.
    if (this.isOver || !this.outlet.ledger.isValid) return;
    if (item === 'waiting') await this.runWaiting(taskId);
    else await this.runFresh(taskId, item);
    this.outlet.wake();
  }

  private async runFresh(taskId: string, event: AuditEvent): Promise<void> {
    const failure = await this.offer(event, 1);
    if (this.outlet.ended.aborted) return;
    if (failure === null) return this.outlet.ledger.delivered(event);
    this.keep(event, failure);
    if (failure.parked) return;
    // these come after it, in its task
    for (const behind of this.lanes.recall(taskId)) if (behind !== 'waiting') this.keep(behind, BEHIND);
    this.tryDue();
  }

  private keep(event: AuditEvent, postponement: Postponement): void {
    this.outlet.ledger.keep(event, postponement);
    if (postponement.parked) return this.tellParked(event, postponement);
    const { auditNo, eventNo, taskId } = event;
    this.waiting.add({ auditNo, eventNo, taskId, attempts: postponement.attempts, dueAt: dueAt(postponement) });
  }

  private async runWaiting(taskId: string): Promise<void> {
    const event = this.waiting.head(taskId)!;
    const found = await this.outlet.load(event).catch(() => undefined);
    if (this.outlet.ended.aborted) return;
    if (found === undefined) return this.postpone(event, event.attempts, new Date(Date.now() + RELOAD_MS));
    const failure = found && (await this.offer(found, event.attempts + 1));
    if (this.outlet.ended.aborted) return;
    if (found === null) this.tellGone(event);
    if (failure === null) this.outlet.ledger.done(event);
    else this.outlet.ledger.failed(event, failure);
    if (failure && !failure.parked) return this.postpone(event, failure.attempts, dueAt(failure));
    if (found && failure) this.tellParked(found, failure);
    this.settle(event);
  }

  private async offer(event: AuditEvent, attempt: number): Promise<Postponement | null> {
    const { subscriber, ended } = this.outlet;
    try {
      const { id: eventId, payload } = event;
      await offer((signal) => subscriber.deliver(payload, { eventId, attempt, signal }), ended);
      return null;
    } catch (thrown) {
      return postponementOf(thrown, attempt, subscriber.retry);
    }
  }

  private postpone(event: WaitingEvent, attempts: number, dueAt: Date | null): void {
    Object.assign(event, { attempts, dueAt });
    this.trying.delete(event.taskId);
    this.tryDue();
  }

  private settle(event: WaitingEvent): void {
    this.settled.add(keyOf(event));
    this.waiting.remove(event);
    this.trying.delete(event.taskId);
    this.tryDue();
  }

  private tellGone({ auditNo, taskId }: WaitingEvent): void {
    const { name } = this.outlet.subscriber;
    this.logger.warn(`"${name}" does not get event ${auditNo} of task ${taskId}: the audit does not have it any more.`);
  }

  private tellParked({ id, name: event }: AuditEvent, { attempts, error }: Postponement): void {
    const { name } = this.outlet.subscriber;
    const message = `"${name}" has not taken ${event} in ${attempts} attempts; it is parked: ${error!.message}`;
    this.logger.error({ event: 'delivery.parked', subscription: name, event_id: id, event_name: event, message });
  }
}

const dueAt = ({ delayMs }: Postponement): Date | null => (delayMs === null ? null : new Date(Date.now() + delayMs));
