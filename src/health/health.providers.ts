import type { Provider } from '@nestjs/common';
import { AlertsIndicator } from './alerts.indicator.js';
import { DatabaseIndicator } from './database.indicator.js';
import { DiskIndicator } from './disk.indicator.js';
import { EventLoopIndicator } from './event-loop.indicator.js';
import { HealthStatus } from './health-status.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import { Readiness } from './readiness.js';
import { RegistriesIndicator } from './registries.indicator.js';
import { SubscriptionsIndicator } from './subscriptions.indicator.js';
import { TaskerHealth } from './tasker-health.js';
import { WorkerIndicator } from './worker.indicator.js';
import { WorkersIndicator } from './workers.indicator.js';

/** Whether this process lives and can work. */
export const HEALTH_PROVIDERS: Provider[] = [
  DatabaseIndicator,
  MigrationsIndicator,
  WorkerIndicator,
  EventLoopIndicator,
  RegistriesIndicator,
  DiskIndicator,
  WorkersIndicator,
  SubscriptionsIndicator,
  AlertsIndicator,
  Readiness,
  HealthStatus,
  TaskerHealth,
];
