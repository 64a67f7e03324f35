import { Injectable } from '@nestjs/common';
import { AuditWatch } from './audit-watch.js';
import { ClusterFeed } from './cluster-feed.js';
import { DurableSubscriptions } from './durable-subscriptions.js';
import { LiveTail } from './live-tail.js';

/** All that reads the audit on and brings it to subscribers, from the application's start to its end. */
@Injectable()
export class Delivery {
  constructor(
    private readonly watch: AuditWatch,
    private readonly tail: LiveTail,
    private readonly cluster: ClusterFeed,
    private readonly durable: DurableSubscriptions,
  ) {}

  /** To be called before anything happens that new subscriptions are to hear of. */
  async start(): Promise<void> {
    await this.durable.start();
    await this.cluster.start();
  }

  async stop(): Promise<void> {
    this.cluster.stop();
    this.tail.stop();
    await this.durable.stop();
    await this.watch.stop();
  }
}
