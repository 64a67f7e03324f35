import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { storableText } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import type { ParkedEvent, SubscriptionFigures } from '../persistence/stores/subscriptions.js';
import { DurableSubscriptions } from './durable-subscriptions.js';
import { placeOf } from './event-id.js';

export interface ParkedOptions {
  /** @default 100 */
  limit?: number;
  /** Only those after the one with this id. */
  after?: string;
}

const MOST_PARKED = 1_000;

/** What operators ask of durable delivery: how subscriptions stand, and what becomes of events that were not taken. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly store: SubscriptionStore,
    private readonly running: DurableSubscriptions,
  ) {}

  /** All subscriptions of the database, those of other applications included, by name. */
  list(): Promise<SubscriptionFigures[]> {
    return this.store.figures();
  }

  /** @throws TaskerError `subscription_not_found` */
  async get(name: string): Promise<SubscriptionFigures> {
    const [found] = await this.store.figures(storableText(name));
    return found ?? (await this.notFound(name));
  }

  /**
   * Events that a subscriber has not taken in all of their attempts, in the order in which they happened.
   *
   * @throws TaskerError `subscription_not_found`, or `request_invalid` for a limit beyond 1 to 1,000
   */
  async parked(name: string, { limit = 100, after }: ParkedOptions = {}): Promise<ParkedEvent[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_PARKED) {
      const message = `must be a whole number from 1 to ${MOST_PARKED}`;
      throw new TaskerError('request_invalid', `The limit ${message}.`, [{ path: 'limit', message }]);
    }
    await this.get(name);
    return this.store.parked(name, limit, after === undefined ? undefined : this.keyOf(name, after));
  }

  /**
   * Has a parked event, or all of them, delivered again with all attempts anew.
   *
   * @returns how many
   * @throws TaskerError `subscription_not_found`, or `event_not_parked`
   */
  async redrive(name: string, eventId?: string): Promise<number> {
    await this.get(name);
    const count = await this.store.redrive(name, eventId === undefined ? null : this.keyOf(name, eventId));
    if (eventId !== undefined && count === 0) throw notParked(name, eventId);
    this.running.look(name);
    return count;
  }

  /** Nothing is delivered until it is resumed; its position stays. @throws TaskerError `subscription_not_found` */
  async pause(name: string): Promise<SubscriptionFigures> {
    return this.setState(name, 'paused');
  }

  /** @throws TaskerError `subscription_not_found` */
  async resume(name: string): Promise<SubscriptionFigures> {
    return this.setState(name, 'active');
  }

  /**
   * Forgets a subscription that no process runs any more, with its position and all that waits or is parked.
   *
   * @throws TaskerError `subscription_not_found`
   */
  async remove(name: string): Promise<void> {
    if (!(await this.store.remove(storableText(name)))) await this.notFound(name);
  }

  private async setState(name: string, state: SubscriptionFigures['state']): Promise<SubscriptionFigures> {
    if (!(await this.store.setState(storableText(name), state))) await this.notFound(name);
    this.running.look(name);
    return this.get(name);
  }

  private keyOf(name: string, eventId: string): { auditNo: number; eventNo: number } {
    const place = placeOf(eventId);
    if (!place) throw notParked(name, eventId);
    return place;
  }

  private async notFound(name: string): Promise<never> {
    const names = (await this.store.figures()).map((each) => each.name);
    const hint = didYouMean(name.slice(0, 255), names);
    throw new TaskerError(
      'subscription_not_found',
      `There is no subscription ${JSON.stringify(name.slice(0, 255))}.${hint}`,
    );
  }
}

const notParked = (name: string, eventId: string): TaskerError =>
  new TaskerError(
    'event_not_parked',
    `The subscription "${name}" has no parked event ${JSON.stringify(eventId.slice(0, 255))}.`,
  );
