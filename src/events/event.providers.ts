import type { Provider } from '@nestjs/common';
import { AuditLog } from './audit-log.js';
import { EventBus } from './event-bus.js';
import { EventCatalog } from './event-catalog.js';
import { EventSubscriberExplorer } from './event-subscriber.explorer.js';
import { SubscriberFinder } from './found-subscriber.js';
import { Subscribers } from './subscribers.js';
import { SubscriptionReader } from './subscription-reader.js';

export const EVENT_PROVIDERS: Provider[] = [
  EventBus,
  AuditLog,
  EventCatalog,
  EventSubscriberExplorer,
  SubscriberFinder,
  Subscribers,
  SubscriptionReader,
];
