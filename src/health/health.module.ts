import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
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
      // Whoever asks sees the answer; a log line for each poll of a load balancer would bury the rest.
      imports: [TerminusModule.forRoot({ logger: false }), ...imports],
      providers: [DatabaseIndicator, MigrationsIndicator, WorkerIndicator, Readiness],
      exports: [Readiness],
    };
  }
}
