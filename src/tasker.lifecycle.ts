import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import { AlertDeclarations } from './alerts/alert-declarations.js';
import { AlertEvaluator } from './alerts/alert-evaluator.js';
import type { DeclaredAlert } from './alerts/declared-alert.js';
import { RollUpSweep } from './analytics/roll-up-sweep.js';
import { keyAgeWarning } from './config/key-age.js';
import { TASKER_CONFIG, type TaskerConfig } from './config/tasker-config.js';
import { thisHost } from './config/this-host.js';
import { LateSpans } from './client/late-spans.js';
import { SettledTaskHooks } from './client/settled-task-hooks.js';
import { TaskerError, type Finding } from './core/errors.js';
import { Declarations } from './declarations/declarations.js';
import { EventSubscriberExplorer } from './events/event-subscriber.explorer.js';
import { Delivery } from './delivery/delivery.js';
import { Admissions } from './persistence/admissions.js';
import { Database } from './persistence/database.js';
import { Notifications } from './persistence/notifications.js';
import { TemplateCatalog } from './persistence/template-catalog.js';
import { ExportSchedule } from './plugins/export-schedule.js';
import { HandlerExplorer } from './registry/handler.explorer.js';
import { RegistryEvents } from './registry/registry-events.js';
import { SubscriberRegistry } from './registry/subscriber.registry.js';
import { StepExecutor } from './orchestration/step-executor.js';
import { loadTemplates } from './templates/load-templates.js';
import { flushTraces } from './telemetry/flush.js';
import { TaskerFeature } from './templates/tasker-feature.js';
import { Outcomes } from './worker/outcomes.js';
import { WorkerService } from './worker/worker.service.js';

/** A collector that does not answer holds up the end for so long, in milliseconds. */
const LAST_SPANS_MS = 3_000;

/**
 * Starts Tasker with the application and stops it with it. A mistake in a template or a handler stops the start.
 * On shutdown the worker drains first, before modules of the host are torn down any further than `onModuleDestroy`.
 */
@Injectable()
export class TaskerLifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger('tasker.templates');
  private worker: WorkerService | null = null;
  private alerts: readonly DeclaredAlert[] = [];
  private listening: Promise<void> = Promise.resolve();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly handlers: HandlerExplorer,
    private readonly hooks: SettledTaskHooks,
    private readonly spans: LateSpans,
    private readonly registryEvents: RegistryEvents,
    private readonly subscriberRegistry: SubscriberRegistry,
    private readonly exports: ExportSchedule,
    private readonly declarations: Declarations,
    private readonly subscribers: EventSubscriberExplorer,
    private readonly catalog: TemplateCatalog,
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly admissions: Admissions,
    private readonly delivery: Delivery,
    private readonly alertDeclarations: AlertDeclarations,
    private readonly alertEvaluator: AlertEvaluator,
    private readonly rollUps: RollUpSweep,
    private readonly modules: ModuleRef,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const runsSteps = this.config.roles.includes('worker');
    this.handlers.explore();
    this.hooks.start();
    await this.loadTemplates(runsSteps);
    this.listening = this.notifications.listen();
    this.exports.start();
    await this.delivery.start();
    await this.alertEvaluator.start(this.alerts);
    if (!runsSteps) return;
    this.modules.get(StepExecutor).reportTo(this.modules.get(Outcomes));
    const worker = this.modules.get(WorkerService);
    this.worker = worker;
    await worker.start();
    this.rollUps.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker?.drain();
    await this.rollUps.stop();
    await this.alertEvaluator.stop();
    await this.delivery.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.exports.stop();
    await this.hooks.stop();
    this.subscribers.end();
    await this.admissions.close();
    await this.notifications.close();
    await this.listening;
    await this.spans.close();
    await this.database.close();
    await flushTraces(LAST_SPANS_MS);
  }

  private async loadTemplates(runsSteps: boolean): Promise<void> {
    const { environment } = this.config;
    const { stepHandlers, taskHandlers } = this.handlers;
    const findings: Finding[] = [];
    const sources = [
      ...this.config.templates,
      ...this.features().flatMap(({ templates }) => templates),
      ...this.handlers.definedTemplates(findings),
    ];
    // a process that runs no steps may know no handlers
    const handlers = runsSteps ? stepHandlers : undefined;
    const loaded = loadTemplates(sources, {
      ...{ environment, handlers, taskHandlers },
      env: process.env,
      ...(runsSteps ? { resources: thisHost(this.config) } : {}),
      canEncrypt: this.config.encryption !== null,
    });
    findings.push(...loaded.findings);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('template_invalid', `Templates are not valid:\n${list}`, findings);
    }
    for (const { template } of loaded.templates) {
      const warning = keyAgeWarning(this.config.encryption, template);
      if (warning) this.logger.warn(warning);
    }
    this.declarations.apply(loaded.templates.map(({ template }) => template));
    this.alerts = this.alertDeclarations.read(loaded.templates.map(({ template }) => template));
    this.handlers.warnOfIdle(loaded.templates.map(({ template }) => template));
    this.subscriberRegistry.adopt();
    this.registryEvents.begin();
    await this.catalog.publish(loaded.templates, environment === 'development');
    this.logger.log(
      `${loaded.templates.length} templates and ${stepHandlers.list().length} step handlers (${this.config.roles.join(', ')})`,
    );
  }

  private features(): TaskerFeature[] {
    return this.discovery
      .getProviders()
      .map(({ instance }) => instance as unknown)
      .filter((instance): instance is TaskerFeature => instance instanceof TaskerFeature);
  }
}
