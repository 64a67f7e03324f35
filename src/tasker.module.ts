import {
  Module,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
  type Provider,
  type Type,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ApiModule } from './api/api.module.js';
import { TaskerClient } from './client/tasker-client.js';
import { CLIENT_PROVIDERS } from './client/client.providers.js';
import { resolveConfig, TASKER_CONFIG, type TaskerConfig } from './config/tasker-config.js';
import type { Role, TaskerOptions } from './config/tasker-options.js';
import { EventBus } from './events/event-bus.js';
import { EventCatalog } from './events/event-catalog.js';
import { EventSubscriberExplorer } from './events/event-subscriber.explorer.js';
import { SubscriptionReader } from './events/subscription-reader.js';
import { WORKER_STATUS, type WorkerProbe } from './health/worker-status.js';
import { StepExecutor } from './orchestration/step-executor.js';
import { TaskMemories } from './orchestration/task-memory.js';
import { PERSISTENCE_PROVIDERS } from './persistence/persistence.providers.js';
import { Database } from './persistence/database.js';
import { RELEASE } from './persistence/release.js';
import { TemplateCatalog } from './persistence/template-catalog.js';
import { Registries } from './registry/registries.js';
import { StepHandlerExplorer } from './registry/step-handler.explorer.js';
import { StepHandlerRegistry } from './registry/step-handler.registry.js';
import { TemplateRegistry } from './registry/template.registry.js';
import { TaskerLifecycle } from './tasker.lifecycle.js';
import { TaskerFeature } from './templates/tasker-feature.js';
import { WORKER_PROVIDERS } from './worker/worker.providers.js';
import { WorkerService } from './worker/worker.service.js';

/** The health checks see the worker as a probe. */
const workerStatus: Provider = {
  provide: WORKER_STATUS,
  inject: [WorkerService],
  useFactory: (worker: WorkerService): WorkerProbe => worker,
};

const registries: Provider = {
  provide: Registries,
  inject: [TASKER_CONFIG],
  useFactory: ({ environment }: TaskerConfig) => new Registries({ environment, taskerVersion: RELEASE }),
};

const TASKER_OPTIONS = Symbol('TASKER_OPTIONS');

/** Parts of the options that decide what the module consists of: they are needed before a factory can run. */
type Shape = Pick<TaskerOptions, 'roles' | 'http'>;

export interface TaskerAsyncOptions extends Shape, Pick<ModuleMetadata, 'imports'> {
  inject?: InjectionToken[];
  useFactory: (...args: never[]) => Omit<TaskerOptions, keyof Shape> | Promise<Omit<TaskerOptions, keyof Shape>>;
}

export interface TaskerFeatureOptions {
  /** YAML files, folders of them, or templates as objects. */
  templates?: TaskerOptions['templates'];
  /** Step handlers to provide. Those that a module of yours provides are found without being listed. */
  handlers?: Type[];
  /** Event subscribers to provide. Those that a module of yours provides are found without being listed. */
  subscribers?: Type[];
}

/** Workflow orchestration for a Nest application. */
@Module({})
export class TaskerModule {
  /** @throws TaskerError `configuration_invalid`, when the application starts, naming every mistake */
  static forRoot(options: TaskerOptions): DynamicModule {
    return build(options, [], { provide: TASKER_OPTIONS, useValue: options });
  }

  /** For options that come from other providers. `roles` and `http` stand beside the factory, not in what it returns. */
  static forRootAsync({ imports = [], inject = [], useFactory, ...shape }: TaskerAsyncOptions): DynamicModule {
    return build(shape, imports, {
      provide: TASKER_OPTIONS,
      inject,
      useFactory: async (...args: never[]) => ({ ...(await useFactory(...args)), ...shape }),
    });
  }

  /** Templates and handlers of one module of the host's. */
  static forFeature({ templates = [], handlers = [], subscribers = [] }: TaskerFeatureOptions): DynamicModule {
    return {
      module: TaskerFeatureModule,
      providers: [...handlers, ...subscribers, { provide: TaskerFeature, useValue: new TaskerFeature(templates) }],
      exports: [...handlers, ...subscribers],
    };
  }
}

@Module({})
class TaskerFeatureModule {}

function build(shape: Shape, imports: NonNullable<ModuleMetadata['imports']>, options: Provider): DynamicModule {
  const roles: Role[] = shape.roles ?? ['api', 'worker'];
  const http = shape.http?.enabled ?? true;
  const routes = roles.includes('api') ? 'all' : 'health';
  const worker = roles.includes('worker');
  return {
    module: TaskerModule,
    global: true,
    imports: [
      DiscoveryModule,
      ...imports,
      ...(http ? [ApiModule.register({ prefix: shape.http?.prefix ?? 'tasker', routes })] : []),
    ],
    providers: [
      options,
      {
        provide: TASKER_CONFIG,
        inject: [TASKER_OPTIONS],
        useFactory: (given: TaskerOptions): TaskerConfig => resolveConfig(given),
      },
      ...PERSISTENCE_PROVIDERS,
      EventBus,
      EventCatalog,
      SubscriptionReader,
      EventSubscriberExplorer,
      registries,
      TemplateRegistry,
      StepHandlerRegistry,
      StepHandlerExplorer,
      TaskerLifecycle,
      ...CLIENT_PROVIDERS,
      ...(worker ? [TaskMemories, StepExecutor, ...WORKER_PROVIDERS, workerStatus] : []),
    ],
    exports: [
      TaskerClient,
      EventBus,
      EventCatalog,
      TASKER_CONFIG,
      Database,
      TemplateCatalog,
      Registries,
      StepHandlerRegistry,
      ...(worker ? [WORKER_STATUS] : []),
    ],
  };
}
