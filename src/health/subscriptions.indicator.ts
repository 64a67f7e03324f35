import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import type { SubscriptionFigures } from '../persistence/stores/subscriptions.js';
import { SubscriptionStore } from '../persistence/stores/subscription.store.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

const FRESH_MS = 1_000;
/** An event that is this old and not delivered is late: subscriptions are read once a second. */
const LATE_SECONDS = 60;

/** Whether durable subscriptions, of whatever process, get their events. */
@Injectable()
export class SubscriptionsIndicator implements HealthIndicator {
  readonly name = 'subscriptions';
  private readonly probe: Probe<SubscriptionFigures[]>;

  constructor(database: Database) {
    const store = new SubscriptionStore(database);
    this.probe = new Probe(() => store.figures(), { freshMs: FRESH_MS });
  }

  check(): Promise<CheckResult> {
    return this.probe.check((all) => {
      const problems = all.flatMap(({ name, state, parked, lagSeconds }) => [
        ...(parked > 0 ? [`${name} has ${parked} parked events`] : []),
        ...(state === 'active' && lagSeconds > LATE_SECONDS ? [`${name} lags by ${Math.round(lagSeconds)} s`] : []),
      ]);
      if (problems.length > 0) return { status: 'degraded', detail: problems.join('; ') };
      return { status: 'up', detail: `${all.length} up to date` };
    });
  }

  /** @throws Unhealthy */
  figures(): Promise<SubscriptionFigures[]> {
    return this.probe.answer();
  }
}
