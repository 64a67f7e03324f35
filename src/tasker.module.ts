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
import { ALERT_PROVIDERS } from './alerts/alert.providers.js';
import { AlertService } from './alerts/alert.service.js';
import { Analytics } from './analytics/analytics.service.js';
import { ANALYTICS_PROVIDERS } from './analytics/analytics.providers.js';
import { Access } from './auth/access.js';
import { ApiKeys } from './auth/api-keys/api-keys.js';
import { AUTH_PROVIDERS } from './auth/auth.providers.js';
import { TaskAccess } from './auth/task-access.js';
import { TaskerClient } from './client/tasker-client.js';
import { CLIENT_PROVIDERS } from './client/client.providers.js';
import { CLOCK, SYSTEM_CLOCK } from './core/clock.js';
import { resolveConfig, TASKER_CONFIG, type TaskerConfig } from './config/tasker-config.js';
import type { Role, TaskerOptions } from './config/tasker-options.js';
import { DECLARATION_PROVIDERS } from './declarations/declaration.providers.js';
import { DELIVERY_PROVIDERS } from './delivery/delivery.providers.js';
import { DeliveryService } from './delivery/delivery.service.js';
import { EventFeed } from './delivery/event-feed.js';
import { EventBus } from './events/event-bus.js';
import { EventCatalog } from './events/event-catalog.js';
import { EVENT_PROVIDERS } from './events/event.providers.js';
import { Subscribers } from './events/subscribers.js';
import { HEALTH_PROVIDERS } from './health/health.providers.js';
import { HealthStatus } from './health/health-status.js';
import { Readiness } from './health/readiness.js';
import { TaskerHealth } from './health/tasker-health.js';
import { WORKER_STATUS, type WorkerProbe } from './health/worker-status.js';
import { logFormatFor } from './logging/log-output.js';
import { TaskerLogger } from './logging/tasker-logger.js';
import { HandlerPreparation } from './orchestration/handler-preparation.js';
import { EventPublisher } from './orchestration/event-publisher.js';
import { StepExecutor } from './orchestration/step-executor.js';
import { TaskMemories } from './orchestration/task-memory.js';
import { ThreadPool } from './orchestration/threads/thread-pool.js';
import { PERSISTENCE_PROVIDERS } from './persistence/persistence.providers.js';
import { Database } from './persistence/database.js';
import { RELEASE } from './persistence/release.js';
import { TemplateCatalog } from './persistence/template-catalog.js';
import { ExportService } from './plugins/export.service.js';
import { PLUGIN_PROVIDERS } from './plugins/plugin.providers.js';
import { PluginRegistry } from './plugins/plugin.registry.js';
import { HandlerBindings } from './registry/handler-bindings.js';
import { HandlerExplorer } from './registry/handler.explorer.js';
import { Registries } from './registry/registries.js';
import { RegistryEvents } from './registry/registry-events.js';
import { StepHandlerRegistry } from './registry/step-handler.registry.js';
import { SubscriberRegistry } from './registry/subscriber.registry.js';
import { TaskHandlerRegistry } from './registry/task-handler.registry.js';
import { TemplateRegistry } from './registry/template.registry.js';
import { Instruments } from './metrics/instruments.js';
import { METRIC_PROVIDERS } from './metrics/metric.providers.js';
import { RegistryMetrics } from './registry/registry-metrics.js';
import { EventMetrics } from './subscribers/metrics/event-metrics.js';
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

const logger: Provider = {
  provide: TaskerLogger,
  inject: [TASKER_CONFIG],
  useFactory: ({ environment, logging: { level, maskedFields, format } }: TaskerConfig) =>
    new TaskerLogger({ level, maskedFields, format: format ?? logFormatFor(environment) }),
};

/** What the host has passed. The test kit puts its own over it. */
export const TASKER_OPTIONS = Symbol('TASKER_OPTIONS');

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
      { provide: CLOCK, useValue: SYSTEM_CLOCK },
      logger,
      ...METRIC_PROVIDERS,
      ...PERSISTENCE_PROVIDERS,
      ...EVENT_PROVIDERS,
      ...DECLARATION_PROVIDERS,
      ...DELIVERY_PROVIDERS,
      ...ANALYTICS_PROVIDERS,
      registries,
      TemplateRegistry,
      StepHandlerRegistry,
      TaskHandlerRegistry,
      HandlerBindings,
      HandlerExplorer,
      SubscriberRegistry,
      RegistryEvents,
      RegistryMetrics,
      ...PLUGIN_PROVIDERS,
      ...ALERT_PROVIDERS,
      TaskerLifecycle,
      ...CLIENT_PROVIDERS,
      ...AUTH_PROVIDERS,
      ...HEALTH_PROVIDERS,
      ...(worker
        ? [
            TaskMemories,
            ThreadPool,
            HandlerPreparation,
            EventPublisher,
            StepExecutor,
            ...WORKER_PROVIDERS,
            workerStatus,
          ]
        : []),
    ],
    exports: [
      TaskerClient,
      TaskerLogger,
      Readiness,
      HealthStatus,
      TaskerHealth,
      Access,
      ApiKeys,
      TaskAccess,
      EventBus,
      EventCatalog,
      EventMetrics,
      Instruments,
      Subscribers,
      DeliveryService,
      Analytics,
      AlertService,
      EventFeed,
      TASKER_CONFIG,
      Database,
      TemplateCatalog,
      Registries,
      StepHandlerRegistry,
      TaskHandlerRegistry,
      SubscriberRegistry,
      PluginRegistry,
      ExportService,
      ...(worker ? [WORKER_STATUS] : []),
    ],
  };
}
