import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { HealthModule } from '../health/health.module.js';
import { EventsController } from './events/events.controller.js';
import { HandlersController } from './handlers/handlers.controller.js';
import { HealthController } from './health/health.controller.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { RegistriesController } from './registries/registries.controller.js';
import { WorkflowStepsController } from './steps/workflow-steps.controller.js';
import { TaskHistoryController } from './tasks/task-history.controller.js';
import { TasksController } from './tasks/tasks.controller.js';

export interface ApiOptions {
  /** Path of all routes. @default 'tasker' */
  prefix?: string;
  /** `health` alone is for a process that takes no requests, but is probed. @default 'all' */
  routes?: 'all' | 'health';
  /**
   * Modules that export TaskerClient, EventCatalog, TemplateCatalog, Registries, StepHandlerRegistry, Database and, with
   * the role `worker`, WORKER_STATUS; none where a global module does.
   */
  imports?: ModuleMetadata['imports'];
}

const RESOURCES = [
  TasksController,
  WorkflowStepsController,
  TaskHistoryController,
  HandlersController,
  RegistriesController,
  EventsController,
];

/** Tasker over HTTP, under Express or Fastify. */
@Module({})
export class ApiModule {
  static register({ prefix = 'tasker', routes = 'all', imports = [] }: ApiOptions = {}): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        RouterModule.register([{ path: prefix, module: ApiModule }]),
        HealthModule.register({ imports }),
        ...imports,
      ],
      controllers: routes === 'all' ? [...RESOURCES, HealthController] : [HealthController],
      providers: [ProblemFilter],
      exports: [ProblemFilter],
    };
  }
}
