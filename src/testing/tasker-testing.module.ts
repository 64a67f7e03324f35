import { Module, type DynamicModule } from '@nestjs/common';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { resolveConfig, TASKER_CONFIG } from '../config/tasker-config.js';
import type { TaskerOptions } from '../config/tasker-options.js';
import { refuseProduction } from '../persistence/testing/refuse-others.js';
import { TaskerLifecycle } from '../tasker.lifecycle.js';
import { TASKER_OPTIONS, TaskerModule } from '../tasker.module.js';
import { Ground } from './ground.js';
import { clockOfGround, Departure, GroundModule, mockedExecutor, mockingExplorer } from './ground.module.js';
import { loadNestTesting } from './nest-testing.js';
import { TaskerTesting } from './tasker-testing.js';
import { hostOptions, onTestDatabase, type CreateOptions, type TaskerTestingOptions } from './testing-options.js';

/** Tasker for tests: the real module on a real PostgreSQL of its own, with mocks where they are wanted, by a time that passes at once. */
@Module({})
export class TaskerTestingModule {
  /**
   * Starts an application under test. End it with `close()`.
   *
   * @throws NotATestDatabaseError before anything is written; TaskerError what the application throws where it refuses to start
   */
  static async create(options: CreateOptions = {}): Promise<TaskerTesting> {
    const { Test } = loadNestTesting();
    const { application, imports = [], providers = [], logger } = options;
    const ground = await groundFor(options);
    const tasker = application
      ? [GroundModule.of(() => ground, options), application, { module: TaskerTestingModule, ...OWN }]
      : [this.on(() => ground, options)];
    const builder = Test.createTestingModule({ imports: [...tasker, ...imports], providers });
    if (logger) builder.setLogger(logger);
    if (application) override(builder, ground, options);
    return start(builder, ground);
  }

  /**
   * For an application under test that you put together yourself: `Test.createTestingModule({ imports: [TaskerTestingModule.forRoot(…)] })`.
   * Get `TaskerTesting` from it once it is initialized, and close it in the end.
   */
  static forRoot(options: TaskerTestingOptions = {}): DynamicModule {
    refuseProduction(options.environment);
    return this.on(() => groundFor(options), options);
  }

  private static on(ground: () => Ground | Promise<Ground>, options: TaskerTestingOptions): DynamicModule {
    const { roles, http = { enabled: false }, ...host } = hostOptions(options);
    const tasker = TaskerModule.forRootAsync({
      ...(roles && { roles }),
      http,
      inject: [Ground],
      useFactory: ({ database }: Ground) => onTestDatabase(database, {}, host),
    });
    const runsSteps = roles?.includes('worker') ?? true;
    const replaced = [clockOfGround, mockingExplorer, ...(runsSteps ? [mockedExecutor] : [])];
    return {
      module: TaskerTestingModule,
      imports: [GroundModule.of(ground, options), { ...tasker, providers: [...(tasker.providers ?? []), ...replaced] }],
      ...OWN,
    };
  }
}

const OWN = { providers: [TaskerTesting], exports: [TaskerTesting] };

const groundFor = async (options: TaskerTestingOptions): Promise<Ground> =>
  options.beside ? options.beside.ground : Ground.create(options);

/** Has a module of the host's stand on the ground, wherever in it Tasker is imported. */
function override(builder: TestingModuleBuilder, { database, timeline }: Ground, options: CreateOptions): void {
  const over = hostOptions(options);
  const config = (given: TaskerOptions) => resolveConfig(onTestDatabase(database, given, over));
  builder.overrideProvider(TASKER_CONFIG).useFactory({ inject: [TASKER_OPTIONS], factory: config });
  // by a value: Nest makes nothing anew of a provider that was one
  builder.overrideProvider(clockOfGround.provide).useValue(timeline.clock);
  for (const { provide, useClass } of [mockingExplorer, mockedExecutor])
    builder.overrideProvider(provide).useClass(useClass);
}

async function start(builder: TestingModuleBuilder, ground: Ground): Promise<TaskerTesting> {
  // for whatever goes wrong before the application can leave it itself
  ground.enter();
  try {
    const module = await builder.compile();
    await module.init().catch(async (error: unknown) => {
      // Nest ends nothing of an application that has failed to start: what it has started would go on
      const tasker = module.get(TaskerLifecycle, { strict: false });
      await tasker.onModuleDestroy();
      await tasker.onApplicationShutdown();
      await module.get(Departure, { strict: false }).onApplicationShutdown();
      throw error;
    });
    const tasker = module.get(TaskerTesting);
    tasker.closeWith(() => module.close());
    return tasker;
  } finally {
    await ground.leave();
  }
}
