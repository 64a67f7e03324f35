import type { Provider } from '@nestjs/common';
import { EventMetrics } from '../subscribers/metrics/event-metrics.js';
import { Declarations } from './declarations.js';
import { DeclaredSubscribers } from './declared-subscribers.js';
import { SubscriberFigures } from '../subscribers/metrics/subscriber-figures.js';

export const DECLARATION_PROVIDERS: Provider[] = [Declarations, DeclaredSubscribers, EventMetrics, SubscriberFigures];
