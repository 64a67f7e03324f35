import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { AnalyticsController } from './analytics/analytics.controller.js';
import { AccessGuard, TASKER_CONTROLLERS } from './access/access.guard.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { EventsController } from './events/events.controller.js';
import { HandlersController } from './handlers/handlers.controller.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { RateLimitGuard } from './request/rate-limit.guard.js';
import { RegistriesController } from './registries/registries.controller.js';
import { StepActionsController } from './steps/step-actions.controller.js';
import { EventStreams } from './streams/event-streams.js';
import { StreamsController } from './streams/streams.controller.js';
import { SubscriptionsController } from './subscriptions/subscriptions.controller.js';
import { WorkflowStepsController } from './steps/workflow-steps.controller.js';
import { TaskActionsController } from './tasks/task-actions.controller.js';
import { TaskExplanationController } from './tasks/task-explanation.controller.js';
import { TaskHistoryController } from './tasks/task-history.controller.js';
import { TasksController } from './tasks/tasks.controller.js';

export interface ApiOptions {
  /** Path of all routes. @default 'tasker' */
  prefix?: string;
  /** `health`, with the metrics, is for a process that takes no requests, but is probed and scraped. @default 'all' */
  routes?: 'all' | 'health';
  /**
   * Modules that export TaskerClient, Readiness, HealthStatus, EventCatalog, EventFeed, DeliveryService, AlertService, Analytics, Instruments, Access, TaskAccess, TemplateCatalog, Registries, StepHandlerRegistry, Database and, with
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
  TaskExplanationController,
  HandlersController,
  RegistriesController,
  EventsController,
  StreamsController,
  SubscriptionsController,
  AnalyticsController,
  AlertsController,
];

/** Of every process. */
const PROBED = [HealthController, MetricsController];

/** Tasker over HTTP, under Express or Fastify. */
@Module({})
export class ApiModule {
  static register({ prefix = 'tasker', routes = 'all', imports = [] }: ApiOptions = {}): DynamicModule {
    const controllers = routes === 'all' ? [...RESOURCES, ...PROBED] : PROBED;
    return {
      module: ApiModule,
      imports: [RouterModule.register([{ path: prefix, module: ApiModule }]), ...imports],
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
