import type { Provider } from '@nestjs/common';
import { EventMetrics } from '../subscribers/metrics/event-metrics.js';
import { Declarations } from './declarations.js';
import { DeclaredSubscribers } from './declared-subscribers.js';

export const DECLARATION_PROVIDERS: Provider[] = [Declarations, DeclaredSubscribers, EventMetrics];
