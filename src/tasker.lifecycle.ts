import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import { TASKER_CONFIG, type TaskerConfig } from './config/tasker-config.js';
import { TaskerError } from './core/errors.js';
import { EventSubscriberExplorer } from './events/event-subscriber.explorer.js';
import { Database } from './persistence/database.js';
import { Notifications } from './persistence/notifications.js';
import { TemplateCatalog } from './persistence/template-catalog.js';
import { StepHandlerExplorer } from './registry/step-handler.explorer.js';
import { StepHandlerRegistry } from './registry/step-handler.registry.js';
import { StepExecutor } from './orchestration/step-executor.js';
import { loadTemplates } from './templates/load-templates.js';
import { TaskerFeature } from './templates/tasker-feature.js';
import { Outcomes } from './worker/outcomes.js';
import { WorkerService } from './worker/worker.service.js';

/**
 * Starts Tasker with the application and stops it with it. A mistake in a template or a handler stops the start.
 * On shutdown the worker drains first, before modules of the host are torn down any further than `onModuleDestroy`.
 */
@Injectable()
export class TaskerLifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger('Tasker');
  private worker: WorkerService | null = null;
  private listening: Promise<void> = Promise.resolve();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly explorer: StepHandlerExplorer,
    private readonly handlers: StepHandlerRegistry,
    private readonly subscribers: EventSubscriberExplorer,
    private readonly catalog: TemplateCatalog,
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly modules: ModuleRef,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const runsSteps = this.config.roles.includes('worker');
    this.explorer.explore();
    this.subscribers.subscribe();
    await this.loadTemplates(runsSteps);
    this.listening = this.notifications.listen();
    if (!runsSteps) return;
    this.modules.get(StepExecutor).reportTo(this.modules.get(Outcomes));
    const worker = this.modules.get(WorkerService);
    this.worker = worker;
    await worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker?.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    this.subscribers.end();
    await this.notifications.close();
    await this.listening;
    await this.database.close();
  }

  private async loadTemplates(runsSteps: boolean): Promise<void> {
    const { environment } = this.config;
    const sources = [...this.config.templates, ...this.features().flatMap(({ templates }) => templates)];
    // a process that runs no steps may know no handlers
    const handlers = runsSteps ? this.handlers : undefined;
    const { templates, findings } = loadTemplates(sources, { environment, env: process.env, handlers });
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('template_invalid', `Templates are not valid:\n${list}`, findings);
    }
    await this.catalog.publish(templates, environment === 'development');
    this.logger.log(
      `${templates.length} templates and ${this.handlers.list().length} step handlers (${this.config.roles.join(', ')})`,
    );
  }

  private features(): TaskerFeature[] {
    return this.discovery
      .getProviders()
      .map(({ instance }) => instance as unknown)
      .filter((instance): instance is TaskerFeature => instance instanceof TaskerFeature);
  }
}
