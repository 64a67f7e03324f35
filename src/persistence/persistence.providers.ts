import type { Provider } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { Admissions } from './admissions.js';
import { Database } from './database.js';
import { migrateDatabase } from './migrate.js';
import { PoolMetrics } from './metrics/pool-metrics.js';
import { QueueMetrics } from './metrics/queue-metrics.js';
import { Notifications } from './notifications.js';
import { AlertStore } from './stores/alert.store.js';
import { AnalyticsStore } from './stores/analytics.store.js';
import { ApiKeyStore } from './stores/api-key.store.js';
import { AttemptStore } from './stores/attempt.store.js';
import { AuditStore } from './stores/audit.store.js';
import { CircuitStore } from './stores/circuit.store.js';
import { FiguresStore } from './stores/figures.store.js';
import { LimitStore } from './stores/limit.store.js';
import { OperatorStore } from './stores/operator.store.js';
import { RetentionStore } from './stores/retention.store.js';
import { SubscriptionStore } from './stores/subscription.store.js';
import { TaskOriginStore } from './stores/task-origin.store.js';
import { TaskReader } from './stores/task.reader.js';
import { TaskStore } from './stores/task.store.js';
import { TemplateStore } from './stores/template.store.js';
import { WorkerStore } from './stores/worker.store.js';
import { TemplateCatalog } from './template-catalog.js';
import { Vault } from './vault.js';

const database: Provider = {
  provide: Database,
  inject: [TASKER_CONFIG],
  useFactory: async ({ database: { url, schema, poolSize, migrate } }: TaskerConfig): Promise<Database> => {
    if (migrate) await migrateDatabase({ url, schema });
    return Database.connect({ url, schema }, poolSize);
  },
};

export const PERSISTENCE_PROVIDERS: Provider[] = [
  database,
  Notifications,
  AlertStore,
  AnalyticsStore,
  ApiKeyStore,
  AttemptStore,
  AuditStore,
  SubscriptionStore,
  CircuitStore,
  LimitStore,
  Admissions,
  FiguresStore,
  QueueMetrics,
  PoolMetrics,
  OperatorStore,
  RetentionStore,
  TaskOriginStore,
  TaskReader,
  TaskStore,
  TemplateStore,
  WorkerStore,
  TemplateCatalog,
  Vault,
];
