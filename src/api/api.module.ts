import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { HealthModule } from '../health/health.module.js';
import { HealthController } from './health/health.controller.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { WorkflowStepsController } from './steps/workflow-steps.controller.js';
import { TaskHistoryController } from './tasks/task-history.controller.js';
import { TasksController } from './tasks/tasks.controller.js';

export interface ApiOptions {
  /** Path of all routes. @default 'tasker' */
  prefix?: string;
  /** Modules that export TaskerClient, Database and, with the role `worker`, WORKER_STATUS; none where a global module does. */
  imports?: ModuleMetadata['imports'];
}

/** Tasker over HTTP, under Express or Fastify. */
@Module({})
export class ApiModule {
  static register({ prefix = 'tasker', imports = [] }: ApiOptions = {}): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        RouterModule.register([{ path: prefix, module: ApiModule }]),
        HealthModule.register({ imports }),
        ...imports,
      ],
      controllers: [TasksController, WorkflowStepsController, TaskHistoryController, HealthController],
      providers: [ProblemFilter],
      exports: [ProblemFilter],
    };
  }
}
