import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { TaskerModule } from '../index.js';
import { authOptions } from './auth-settings.js';
import type { Settings } from './settings.js';

const EXAMPLES = join(__dirname, '..', '..', 'dist-examples', 'index.js');

/** The server is nothing but an application that uses Tasker. */
@Module({})
export class AppModule {
  /**
   * @param databaseUrl - the embedded database's, where the settings name none
   * @param dataDir - where the embedded database has its files
   */
  static register(settings: Settings, databaseUrl: string, dataDir?: string): DynamicModule {
    const { schema, pool_size: poolSize } = settings.database;
    const { slots, threads, name, drain_seconds: drainSeconds, max_result_bytes: maxResultBytes } = settings.worker;
    const { rate_limit: limit } = settings.http;
    return {
      module: AppModule,
      imports: [
        TaskerModule.forRoot({
          database: { url: databaseUrl, schema, poolSize, dataDir },
          // the default folder need not exist
          templates: settings.templates.map((path) => resolve(path)).filter((path) => existsSync(path)),
          events: {
            definitions: named(settings.events, 'events'),
            subscriptions: named(settings.subscriptions, 'subscriptions'),
          },
          alerts: {
            definitions: named(settings.alerts.definitions, 'alerts'),
            everyMs: Math.round(settings.alerts.every_seconds * 1000),
          },
          handlers: named(settings.handlers, 'handlers.yaml'),
          exports: settings.exports.map(({ every_seconds: seconds, ...scheduled }) => ({
            ...scheduled,
            everyMs: Math.ceil(seconds * 1000),
          })),
          roles: settings.roles,
          worker: {
            slots: slots ?? undefined,
            threads: threads ?? undefined,
            name: name ?? undefined,
            drainMs: drainSeconds * 1000,
            maxResultBytes,
          },
          http: {
            maxBacklog: settings.http.max_backlog,
            rateLimit: limit && { perSecond: limit.per_second, burst: limit.burst },
          },
          environment: settings.environment,
          identity: settings.identity,
          retention: { finishedTasksSeconds: settings.retention.finished_tasks_seconds },
          auth: authOptions(settings.auth),
        }),
        ...examples(settings),
      ],
    };
  }
}

/** What the default is called need not exist; what is named must. */
function named(paths: readonly string[] | null, usual: string): string[] {
  if (paths !== null) return paths.map((path) => resolve(path));
  return [resolve('config', 'tasker', usual)].filter((path) => existsSync(path));
}

function examples(settings: Settings): Type[] {
  const wanted = settings.examples ?? settings.environment === 'development';
  if (!wanted || !existsSync(EXAMPLES)) return [];
  // compiled beside this package, never part of it
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require(EXAMPLES) as { exampleModules: Type[] }).exampleModules;
}
