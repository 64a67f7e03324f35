import {
  Inject,
  Injectable,
  type InjectionToken,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { TaskerClient } from '../client/tasker-client.js';
import type { StepView } from '../client/views.js';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { didYouMean } from '../core/suggest.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import type { TestScenario } from '../core/template-policies.js';
import { EventBus } from '../events/event-bus.js';
import { Database } from '../persistence/database.js';
import { emptyTables } from '../persistence/testing/emptying.js';
import type { TestDatabase } from '../persistence/testing/test-database.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { StepHandlerRegistry } from '../registry/step-handler.registry.js';
import { HandlerTable } from '../worker/handler-table.js';
import { RunningAttempts } from '../worker/running-attempts.js';
import { WorkerService } from '../worker/worker.service.js';
import { Factories } from './factories/factories.js';
import type { Foundation, FoundationOptions } from './factories/foundation.js';
import type { CreateWorkflowStepOptions } from './factories/step-factory.js';
import type { CreateTaskOptions } from './factories/task-factory.js';
import type { Workbench } from './factories/workbench.js';
import { Ground } from './ground.js';
import { MockTable, type MockHandlers } from './mocks/mock-table.js';
import { RecordedEvents } from './recorded-events.js';
import type { RunStepOptions } from './run-step-options.js';
import { runStep, type AncestorsOf, type ContextOf, type LoneHandler, type ResultOf } from './run-step.js';
import { ScenarioPlayer, type ScenarioOptions, type ScenarioTemplate } from './scenarios/scenario-player.js';
import type { ScenarioReport } from './scenarios/scenario-report.js';
import type { TaskRun } from './task-run.js';
import { TaskRunner, type RunOptions, type TestRequest } from './task-runner.js';
import { TemplateInstaller } from './template-installer.js';
import type { Time } from './time/time.js';

/** An application under test: what a test does with it, and what it looks at. */
@Injectable()
export class TaskerTesting implements OnModuleInit, OnApplicationShutdown {
  readonly events = new RecordedEvents();
  private readonly endings: (() => void)[] = [];
  private closing: (() => Promise<void>) | undefined;

  constructor(
    readonly client: TaskerClient,
    /** Mocks by the names of steps or handlers. */
    readonly mocks: MockTable,
    /** What applications beside this one share with it. */
    readonly ground: Ground,
    private readonly tables: Database,
    private readonly bus: EventBus,
    private readonly modules: ModuleRef,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  get time(): Time {
    return this.ground.time;
  }

  /** Where Tasker's tables are, for connections of your own. */
  get database(): Pick<TestDatabase, 'url' | 'schema'> {
    return this.ground.database;
  }

  /** Tasker's own connections to it, on which `now()` is the time of the test. */
  get dataSource(): DataSource {
    return this.tables.dataSource;
  }

  /** A provider of the application, in whichever module it is. */
  get<T>(token: InjectionToken<T>): T {
    return this.modules.get<T>(token, { strict: false });
  }

  async onModuleInit(): Promise<void> {
    this.endings.push(
      await this.ground.timeline.open(this.tables),
      this.bus.on('*', (event) => {
        this.events.record(event);
        this.ground.bell.ring();
      }),
    );
    if (!this.runsSteps) return;
    const [service, running, handlers] = [this.get(WorkerService), this.get(RunningAttempts), this.get(HandlerTable)];
    this.endings.push(this.ground.timeline.join({ service, running, handlers }));
  }

  onApplicationShutdown(): void {
    this.endings.splice(0).forEach((end) => end());
  }

  /**
   * Creates a task, and lets the application run it until it rests: complete, in error, cancelled or resolved. In virtual time
   * the waits between its attempts, and those for its time to start, pass at once.
   *
   * @throws TaskerError what `createTask` refuses; StandstillError where the task does not come to rest
   */
  runTask(request: TestRequest, options?: RunOptions): Promise<TaskRun> {
    return this.runner.run(request, options);
  }

  /** The same for a task that exists. */
  finished(taskId: string, options?: RunOptions): Promise<TaskRun> {
    return this.runner.finish(taskId, options);
  }

  /** A task as it is now, with its steps and attempts. @throws TaskerError `task_not_found` */
  look(taskId: string): Promise<TaskRun> {
    return this.runner.look(taskId);
  }

  /**
   * Runs one attempt of a handler alone, as the function `runStep` does; its `transaction` is one on the test database.
   *
   * @param handler - itself; or its class or its registered name, by which the application's own is found
   */
  async runStep<H extends LoneHandler>(
    handler: H | Type<H> | string,
    options: RunStepOptions<ContextOf<H>, AncestorsOf<H>> = {},
  ): Promise<ResultOf<H>> {
    const { manager } = this.dataSource;
    return runStep(this.handler(handler), { manager, ...options });
  }

  /**
   * Makes templates known while the application runs, and mocks for their steps.
   *
   * @throws TaskerError `template_invalid` naming everything that is wrong with them
   */
  async addTemplates(
    templates: readonly (string | TemplateDefinition)[],
    mockHandlers: MockHandlers = {},
  ): Promise<void> {
    this.mocks.set(mockHandlers);
    await this.installer.install(templates, (step) => this.mocks.covers(step));
  }

  /** Makes a template of one step known, and a mock for the step. @throws TaskerError `template_invalid` */
  createFoundation(options?: FoundationOptions): Promise<Foundation> {
    return this.factories.createFoundation(options);
  }

  /** Makes a task, of a template of its own where none is named, and brings it to a state where one is asked for. */
  createTask(options?: CreateTaskOptions, foundation?: FoundationOptions): Promise<TaskRun> {
    return this.factories.createTask(options, foundation);
  }

  /**
   * Brings a step to a state: of a task of the factory's, or of a new one.
   *
   * @throws TypeError where no way leads there
   */
  createWorkflowStep(options?: CreateWorkflowStepOptions): Promise<StepView> {
    return this.factories.createWorkflowStep(options);
  }

  /**
   * Plays a scenario of a template: its task runs through the application, and what comes of it is compared with what the
   * scenario wants. Steps that the application has no handler for succeed; where an error is expected, the first throws it.
   *
   * @param template - one that is loaded, by its name; or a YAML file, or a template as an object, which is loaded
   * @param scenario - itself or its name
   * @throws TaskerError `template_invalid`; TypeError where there is no such template or scenario
   */
  runScenario(
    template: ScenarioTemplate,
    scenario: string | TestScenario,
    options?: ScenarioOptions,
  ): Promise<ScenarioReport> {
    return this.scenarios.play(template, scenario, options);
  }

  /** Plays all scenarios of a template, one after the other. */
  runScenarios(template: ScenarioTemplate, options?: ScenarioOptions): Promise<ScenarioReport[]> {
    return this.scenarios.playAll(template, options);
  }

  /**
   * Empties Tasker's tables of tasks and all that belongs to them, in its own schema alone, and forgets recorded events and
   * calls of mocks. Attempts that run are ended. Templates and the time stay.
   *
   * @returns the tables that were emptied
   */
  async cleanup(): Promise<{ cleanedTables: string[] }> {
    if (this.runsSteps) {
      const running = this.get(RunningAttempts);
      running.abandon(running.keys(), 'The test has ended.');
    }
    const cleanedTables = await emptyTables(this.tables);
    this.ground.puppets.clear();
    this.events.clear();
    this.mocks.reset();
    return { cleanedTables };
  }

  /** The same as `cleanup`. */
  clean(): Promise<{ cleanedTables: string[] }> {
    return this.cleanup();
  }

  /** Ends the application and removes its database. */
  async close(): Promise<void> {
    if (!this.closing) throw new Error('Close the module that you have put TaskerTestingModule.forRoot() into.');
    const close = this.closing;
    this.closing = () => Promise.resolve();
    await close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private handler<H extends LoneHandler>(named: H | Type<H> | string): H {
    if (typeof named === 'function') return this.get(named);
    if (typeof named !== 'string') return named;
    const handlers = this.get(StepHandlerRegistry);
    const found = handlers.get(named);
    if (!found) throw new TypeError(`No step handler is called "${named}".${didYouMean(named, handlers.names())}`);
    return found as unknown as H;
  }

  private get installer(): TemplateInstaller {
    const table = this.runsSteps ? this.get(HandlerTable) : null;
    return new TemplateInstaller(this.get(TemplateCatalog), this.get(StepHandlerRegistry), this.config, table);
  }

  private get bench(): Workbench {
    const { client, ground, tables, runner } = this;
    return { client, ground, tables, look: (id) => runner.look(id), finished: (id) => runner.finish(id) };
  }

  private get runner(): TaskRunner {
    return new TaskRunner(this.client, this.time);
  }

  private get factories(): Factories {
    return new Factories(this.bench, this.installer);
  }

  private get scenarios(): ScenarioPlayer {
    return new ScenarioPlayer(this.bench, this.installer, this.get(TemplateCatalog), this.mocks);
  }

  private get runsSteps(): boolean {
    return this.config.roles.includes('worker');
  }

  /** @internal */
  closeWith(close: () => Promise<void>): void {
    this.closing = close;
  }
}
