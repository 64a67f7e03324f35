import { LRUCache } from 'lru-cache';
import type { DeliveryAttempt } from '../events/durable-options.js';

const MOST_REMEMBERED = 10_000;

/** Which receivers have taken an event already, so that a further attempt to deliver it reaches the others alone. */
export class TakenParts {
  private readonly taken = new LRUCache<string, true>({ max: MOST_REMEMBERED });

  /**
   * Offers an event to each receiver that has not taken it; one that fails does not keep the others from it.
   *
   * @throws what the one receiver that failed has thrown; an AggregateError of several
   */
  async offer(
    receivers: readonly string[],
    delivery: DeliveryAttempt | undefined,
    send: (receiver: string) => unknown,
  ): Promise<void> {
    const left = receivers.filter((receiver) => !delivery || !this.taken.has(keyOf(delivery, receiver)));
    const outcomes = await Promise.allSettled(left.map(async (receiver) => send(receiver)));
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    if (errors.length === 0) return;
    left.forEach((receiver, n) => {
      if (delivery && outcomes[n]!.status === 'fulfilled') this.taken.set(keyOf(delivery, receiver), true);
    });
    if (errors.length === 1) throw errors[0]!;
    throw new AggregateError(errors, errors.map(({ message }) => message).join('; '));
  }
}

const keyOf = ({ eventId }: DeliveryAttempt, receiver: string): string => `${eventId} ${receiver}`;
