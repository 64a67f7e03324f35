import type { DynamicModule, LoggerService, ModuleMetadata, Type } from '@nestjs/common';
import type { TaskerOptions } from '../config/tasker-options.js';
import { clockedUrl } from '../persistence/testing/virtual-clock.js';
import type { TestDatabase } from '../persistence/testing/test-database.js';
import type { MockHandlers } from './mocks/mock-table.js';
import type { TaskerTesting } from './tasker-testing.js';
import type { TestDatabaseOptions } from './test-database.js';

/** Options of a module under test: those of `TaskerModule.forRoot`, but that the kit brings the database, and its own. */
export interface TaskerTestingOptions extends Omit<TaskerOptions, 'database' | 'environment'>, TestDatabaseOptions {
  /** Mocks that run in the place of handlers, by the names of steps or of handlers (registered names, aliases, classes). */
  mockHandlers?: MockHandlers;
  /** `virtual`: hours pass at once, see `time` and `runTask`. `real`: as they do. @default 'virtual' */
  time?: 'virtual' | 'real';
  /** Runs as another process of a deployment does: on the same database, by the same time. */
  beside?: TaskerTesting;
}

/** What `TaskerTestingModule.create` takes. */
export interface CreateOptions extends TaskerTestingOptions, Pick<ModuleMetadata, 'imports' | 'providers'> {
  /**
   * A module of yours that imports `TaskerModule.forRoot` itself. It is used as it is, its options too, but for the database
   * and what is given here.
   */
  application?: Type | DynamicModule;
  /** Where Nest logs to. @default only errors, on the console */
  logger?: LoggerService;
}

type Host = Omit<TaskerOptions, 'database'>;

/** Nobody waits for a test that has ended. */
const DRAIN_MS = 1_000;
const POOL_SIZE = 5;

/** What of the kit's options is the host's own. */
export function hostOptions(options: CreateOptions): Host {
  const own = [
    'databaseUrl',
    'schema',
    'mockHandlers',
    'time',
    'beside',
    'imports',
    'providers',
    'application',
    'logger',
  ];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.includes(name)));
}

/**
 * A host's options on a test database.
 *
 * @param over - what the test says in addition
 */
export function onTestDatabase(
  { url, schema }: TestDatabase,
  given: Partial<TaskerOptions>,
  { worker, templates = [], ...over }: Host,
): TaskerOptions {
  const { TASKER_ENV, NODE_ENV } = process.env;
  return {
    ...given,
    environment: given.environment ?? TASKER_ENV ?? NODE_ENV ?? 'test',
    ...over,
    templates: [...(given.templates ?? []), ...templates],
    worker: { drainMs: DRAIN_MS, ...given.worker, ...worker },
    database: { poolSize: POOL_SIZE, ...given.database, url: clockedUrl(url, schema), schema, migrate: true },
  };
}
