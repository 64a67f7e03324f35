import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { TaskerModule } from '../index.js';
import type { Settings } from './settings.js';

const EXAMPLES = join(__dirname, '..', '..', 'dist-examples', 'index.js');

/** The server is nothing but an application that uses Tasker. */
@Module({})
export class AppModule {
  /** @param databaseUrl - the embedded database's, where the settings name none */
  static register(settings: Settings, databaseUrl: string): DynamicModule {
    const { schema, pool_size: poolSize } = settings.database;
    const { slots, name, drain_seconds: drainSeconds, max_result_bytes: maxResultBytes } = settings.worker;
    return {
      module: AppModule,
      imports: [
        TaskerModule.forRoot({
          database: { url: databaseUrl, schema, poolSize },
          // the default folder need not exist
          templates: settings.templates.map((path) => resolve(path)).filter((path) => existsSync(path)),
          roles: settings.roles,
          worker: { slots: slots ?? undefined, name: name ?? undefined, drainMs: drainSeconds * 1000, maxResultBytes },
          environment: settings.environment,
          identity: settings.identity,
        }),
        ...examples(settings),
      ],
    };
  }
}

function examples(settings: Settings): Type[] {
  const wanted = settings.examples ?? settings.environment === 'development';
  if (!wanted || !existsSync(EXAMPLES)) return [];
  // compiled beside this package, never part of it
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require(EXAMPLES) as { exampleModules: Type[] }).exampleModules;
}
