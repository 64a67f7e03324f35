import type { Provider } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { Database } from './database.js';
import { migrateDatabase } from './migrate.js';
import { Notifications } from './notifications.js';
import { AttemptStore } from './stores/attempt.store.js';
import { TaskReader } from './stores/task.reader.js';
import { TaskStore } from './stores/task.store.js';
import { TemplateStore } from './stores/template.store.js';
import { WorkerStore } from './stores/worker.store.js';
import { TemplateCatalog } from './template-catalog.js';

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
  AttemptStore,
  TaskReader,
  TaskStore,
  TemplateStore,
  WorkerStore,
  TemplateCatalog,
];
