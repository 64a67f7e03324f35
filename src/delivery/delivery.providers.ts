import type { Provider } from '@nestjs/common';
import { AuditReader } from './audit-reader.js';
import { AuditWatch } from './audit-watch.js';
import { ClusterFeed } from './cluster-feed.js';
import { Delivery } from './delivery.js';
import { DeliveryService } from './delivery.service.js';
import { DurableSubscriptions } from './durable-subscriptions.js';
import { EventFeed } from './event-feed.js';
import { LiveTail } from './live-tail.js';

export const DELIVERY_PROVIDERS: Provider[] = [
  AuditWatch,
  AuditReader,
  LiveTail,
  EventFeed,
  ClusterFeed,
  DurableSubscriptions,
  Delivery,
  DeliveryService,
];
