import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { DatabaseIndicator } from './database.indicator.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import { Readiness } from './readiness.js';
import { WorkerIndicator } from './worker.indicator.js';

/** Whether this process lives and can work. */
@Module({})
export class HealthModule {
  /** @param imports - modules that export Database and, with the role `worker`, WORKER_STATUS */
  static register({ imports = [] }: Pick<ModuleMetadata, 'imports'> = {}): DynamicModule {
    return {
      module: HealthModule,
      imports,
      providers: [DatabaseIndicator, MigrationsIndicator, WorkerIndicator, Readiness],
      exports: [Readiness],
    };
  }
}
