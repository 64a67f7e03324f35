import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { HealthModule } from '../health/health.module.js';
import { AccessGuard, TASKER_CONTROLLERS } from './access/access.guard.js';
import { EventsController } from './events/events.controller.js';
import { HandlersController } from './handlers/handlers.controller.js';
import { HealthController } from './health/health.controller.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { RateLimitGuard } from './request/rate-limit.guard.js';
import { RegistriesController } from './registries/registries.controller.js';
import { StepActionsController } from './steps/step-actions.controller.js';
import { EventStreams } from './streams/event-streams.js';
import { StreamsController } from './streams/streams.controller.js';
import { SubscriptionsController } from './subscriptions/subscriptions.controller.js';
import { WorkflowStepsController } from './steps/workflow-steps.controller.js';
import { TaskActionsController } from './tasks/task-actions.controller.js';
import { TaskHistoryController } from './tasks/task-history.controller.js';
import { TasksController } from './tasks/tasks.controller.js';

export interface ApiOptions {
  /** Path of all routes. @default 'tasker' */
  prefix?: string;
  /** `health` alone is for a process that takes no requests, but is probed. @default 'all' */
  routes?: 'all' | 'health';
  /**
   * Modules that export TaskerClient, EventCatalog, EventFeed, DeliveryService, Access, TaskAccess, TemplateCatalog, Registries, StepHandlerRegistry, Database and, with
   * the role `worker`, WORKER_STATUS; none where a global module does.
   */
  imports?: ModuleMetadata['imports'];
}

const RESOURCES = [
  TasksController,
  TaskActionsController,
  WorkflowStepsController,
  StepActionsController,
  TaskHistoryController,
  HandlersController,
  RegistriesController,
  EventsController,
  StreamsController,
  SubscriptionsController,
];

/** Tasker over HTTP, under Express or Fastify. */
@Module({})
export class ApiModule {
  static register({ prefix = 'tasker', routes = 'all', imports = [] }: ApiOptions = {}): DynamicModule {
    const controllers = routes === 'all' ? [...RESOURCES, HealthController] : [HealthController];
    return {
      module: ApiModule,
      imports: [
        RouterModule.register([{ path: prefix, module: ApiModule }]),
        HealthModule.register({ imports }),
        ...imports,
      ],
      controllers,
      providers: [
        ProblemFilter,
        { provide: TASKER_CONTROLLERS, useValue: controllers },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        ...(routes === 'all' ? [EventStreams] : []),
      ],
      exports: [ProblemFilter],
    };
  }
}
