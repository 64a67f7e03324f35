import { Module, type INestApplicationContext, type LoggerService, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import {
  EventBus,
  EventCatalog,
  StepHandler,
  TaskerClient,
  TaskerModule,
  type Role,
  type StepContext,
  type StepView,
  type TaskerOptions,
  type TaskRequest,
  type TaskView,
  type TemplateDefinition,
} from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { payloadProblem } from './payloads.js';

/** A handler as a function; the engine sees a class decorated with `@StepHandler`. */
export type Process = (context: StepContext) => unknown;

export interface EngineOptions {
  templates?: TemplateDefinition[];
  /** By the names that templates use. */
  handlers?: Record<string, Process>;
  /** Further providers: handlers that a test writes as classes, and what they depend on. */
  providers?: Provider[];
  roles?: Role[];
  worker?: TaskerOptions['worker'];
  environment?: string;
  /** Further options of the TaskerModule. */
  tasker?: Partial<TaskerOptions>;
  /** Called with every event as it is published, before it is recorded. */
  onEvent?: (event: RecordedEvent) => void;
}

export interface RecordedEvent {
  event: string;
  timestamp: string;
  task_id: string;
  task_name: string;
  namespace: string;
  version: string;
  correlation_id: string;
  step_id?: string;
  step_name?: string;
  attempt?: number;
  [fact: string]: unknown;
}

/** Quick enough for tests, slow enough for two busy processors. */
const WORKER: NonNullable<TaskerOptions['worker']> = {
  slots: 20,
  pollMs: 100,
  heartbeatMs: 200,
  silentMs: 3_000,
  drainMs: 300,
};

/** An application with the real TaskerModule in it, as a process of a deployment has it. */
export class Engine {
  readonly events: RecordedEvent[] = [];
  private readonly facts = new Set<string>();
  /** Of published payloads, under their schemas in the catalog. */
  readonly payloadProblems: string[] = [];
  private app: INestApplicationContext | null = null;

  constructor(
    readonly url: string,
    private readonly options: EngineOptions,
  ) {}

  get client(): TaskerClient {
    return this.get(TaskerClient);
  }

  get<T>(token: Type<T>): T {
    if (!this.app) throw new Error('the engine is stopped');
    return this.app.get(token, { strict: false });
  }

  /** @throws what the application throws where it refuses to start */
  async start(changes: EngineOptions = {}): Promise<this> {
    const {
      templates = [],
      handlers = {},
      providers = [],
      roles,
      worker,
      environment,
      tasker: options,
    } = { ...this.options, ...changes };
    const recorder = {
      provide: 'RECORDER',
      inject: [EventBus, EventCatalog],
      useFactory: (bus: EventBus, catalog: EventCatalog) =>
        bus.on('*', (event) => this.record(event as unknown as RecordedEvent, catalog)),
    };
    const tasker = TaskerModule.forRoot({
      database: { url: this.url, poolSize: 5 },
      templates,
      worker: { ...WORKER, ...worker },
      http: { enabled: false },
      ...(roles ? { roles } : {}),
      ...(environment ? { environment } : {}),
      ...options,
    });
    class Application {}
    Module({ imports: [tasker], providers: [recorder, ...handlerClasses(handlers), ...providers] })(Application);
    // Nest's own answer to a failed start is to end the process
    const app = await NestFactory.createApplicationContext(Application, { logger: LOG, abortOnError: false });
    this.app = app;
    return this;
  }

  async stop(): Promise<void> {
    const { app } = this;
    this.app = null;
    await app?.close();
  }

  /** As a deployment does: the process ends, and one with these changes takes its place. */
  async restart(changes: EngineOptions = {}): Promise<void> {
    await this.stop();
    await this.start(changes);
  }

  create(name: string, changes: Partial<TaskRequest> = {}): Promise<TaskView> {
    return this.client.createTask({ ...requestFor(name), ...changes });
  }

  /** Creates a task and waits until it has settled. */
  async run(name: string, changes: Partial<TaskRequest> = {}): Promise<FinishedTask> {
    const { taskId } = await this.create(name, changes);
    return this.finished(taskId);
  }

  async finished(taskId: string): Promise<FinishedTask> {
    await this.client.waitFor(taskId, { timeoutMs: 10_000 });
    return this.look(taskId);
  }

  async look(taskId: string): Promise<FinishedTask> {
    const task = await this.client.getTask(taskId, { include: ['steps', 'attempts', 'transitions'] });
    return new FinishedTask(task);
  }

  /** Rows of a statement on a connection of its own. Tasker's tables are found by their names. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests know what they select
  async sql<Row = Record<string, any>>(text: string, values: unknown[] = []): Promise<Row[]> {
    const db = new Client({ connectionString: this.url });
    await db.connect();
    try {
      await db.query('set search_path to tasker');
      return (await db.query(text, values)).rows as Row[];
    } finally {
      await db.end();
    }
  }

  /** Names of the events that tell what becomes of a task, or of one of its steps, in the order in which they came. */
  eventsOf(taskId: string, step?: string): string[] {
    return this.allEventsOf(taskId, step).filter((event) => !isCompanion(event));
  }

  /** The same with those that come beside them. */
  allEventsOf(taskId: string, step?: string): string[] {
    return this.events
      .filter((event) => event.task_id === taskId && (step === undefined || event.step_name === step))
      .map(({ event }) => event);
  }

  /** What happens to an attempt happens once; so do its events. */
  private repetition({ event, step_id, attempt }: RecordedEvent): string | null {
    if (step_id === undefined || !/^(observability\.)?step\./.test(event)) return null;
    const fact = `${event} of attempt ${attempt} of ${step_id}`;
    const isNew = this.facts.size < this.facts.add(fact).size;
    return isNew ? null : `${fact} was published twice`;
  }

  private record(event: RecordedEvent, catalog: EventCatalog): void {
    this.events.push(event);
    const problem = payloadProblem(catalog, event) ?? this.repetition(event);
    if (problem !== null) this.payloadProblems.push(problem);
    this.options.onEvent?.(event);
  }
}

/** Events that say of a fact what another one does not: why, how long, or on whose behalf. */
const isCompanion = (event: string): boolean =>
  /^(workflow|observability)\./.test(event) || ['step.execution_requested', 'step.retried'].includes(event);

/** A task with its steps by name. */
export class FinishedTask {
  readonly taskId: string;
  readonly status: string;

  constructor(readonly view: TaskView) {
    this.taskId = view.taskId;
    this.status = view.status;
  }

  step(name: string): StepView {
    const step = this.view.steps!.find((one) => one.name === name);
    if (!step) throw new Error(`the task has no step ${name}`);
    return step;
  }

  get statuses(): Record<string, string> {
    return Object.fromEntries(this.view.steps!.map(({ name, status }) => [name, status]));
  }

  /** How many attempts each step took. */
  get attempts(): Record<string, number> {
    return Object.fromEntries(this.view.steps!.map(({ name, attempts }) => [name, attempts]));
  }

  outcomes(step: string): (string | null)[] {
    return this.step(step).attemptHistory!.map(({ outcome }) => outcome);
  }
}

/**
 * Starts engines for the tests of a file, and stops them.
 *
 * @param until - whether each test starts its own, or all tests of the file share what `beforeAll` starts
 */
export function engines(until: 'afterEach' | 'afterAll' = 'afterEach') {
  const running: Engine[] = [];
  const databases: TestDatabase[] = [];

  const stopAll = async (): Promise<void> => {
    const stopped = running.splice(0);
    await Promise.all(stopped.map((engine) => engine.stop()));
    const problems = stopped.flatMap(({ payloadProblems }) => payloadProblems);
    await Promise.all(databases.splice(0).map((database) => database.drop()));
    LOG.lines.length = 0;
    if (problems.length > 0) throw new Error(`payloads are not as their schemas say:\n${problems.join('\n')}`);
  };
  if (until === 'afterEach') afterEach(stopAll);
  else afterAll(stopAll);

  /** Without a start, on a database of its own, or that of another. */
  const make = async (options: EngineOptions = {}, beside?: Engine): Promise<Engine> => {
    const url = beside?.url ?? (await newDatabase(databases));
    const engine = new Engine(url, options);
    running.push(engine);
    return engine;
  };

  return {
    make,
    start: async (options: EngineOptions = {}): Promise<Engine> => (await make(options)).start(),
    /** Another process on the same database. */
    beside: async (other: Engine, options: EngineOptions = {}): Promise<Engine> => (await make(options, other)).start(),
  };
}

async function newDatabase(databases: TestDatabase[]): Promise<string> {
  const database = await createTestDatabase();
  databases.push(database);
  return database.url;
}

/** What was logged since the test began. */
class Log implements LoggerService {
  readonly lines: string[] = [];

  log = (...said: unknown[]): void => void this.lines.push(`log ${textOf(said)}`);
  warn = (...said: unknown[]): void => void this.lines.push(`warn ${textOf(said)}`);
  error = (...said: unknown[]): void => void this.lines.push(`error ${textOf(said)}`);
}
export const LOG = new Log();

/** Fields as JSON; an error after what it is an error of. The name of the logger, which comes last, is left out. */
const textOf = ([message, error]: unknown[]): string => {
  const isText = typeof message === 'string' || message instanceof Error;
  return [isText ? String(message) : JSON.stringify(message), ...(error instanceof Error ? [String(error)] : [])].join(
    ': ',
  );
};

/** Waits until something is so, and fails with its description if it is not within ten seconds. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(5);
  }
}

/** A point that handlers wait at until a test lets them go on. */
export class Gate {
  open!: () => void;
  /** How many have come to it. */
  arrived = 0;
  private readonly opened = new Promise<void>((resolve) => (this.open = resolve));

  pass = async (): Promise<void> => {
    this.arrived += 1;
    await this.opened;
  };

  /** Resolves once so many have come. */
  reached(count = 1): Promise<void> {
    return eventually(`${count} at the gate`, () => this.arrived >= count);
  }
}

/** Resolves with the reason once the signal fires. */
export const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason));
  });

/** Ten milliseconds between attempts. */
export const SOON = { kind: 'fixed', initial_delay: 0.01, jitter: 0 } as const;

/** A template of one step, `only`, whose handler has the template's name. */
export const single = (
  name: string,
  step: Partial<TemplateDefinition['step_templates'][number]> = {},
  template: Partial<TemplateDefinition> = {},
): TemplateDefinition => ({
  name,
  step_templates: [{ name: 'only', handler_class: name, retry_backoff: SOON, ...step }],
  ...template,
});

/** A template with these steps and their parents; every step's handler has the step's name unless `handler` is given. */
export function graph(
  name: string,
  steps: Record<string, string[]>,
  { handler, each = {}, ...template }: Partial<TemplateDefinition> & { handler?: string; each?: object } = {},
): TemplateDefinition {
  return {
    name,
    step_templates: Object.entries(steps).map(([step, parents]) => ({
      name: step,
      handler_class: handler ?? step,
      depends_on_steps: parents,
      retry_backoff: SOON,
      ...each,
    })),
    ...template,
  };
}

export const requestFor = (name: string): TaskRequest => ({
  name,
  context: {},
  initiator: 'test',
  reason: 'to see',
  sourceSystem: 'jest',
});

function handlerClasses(handlers: Record<string, Process>): Type[] {
  return Object.entries(handlers).map(([name, process]) => {
    class Handler {
      process(context: StepContext): unknown {
        return process(context);
      }
    }
    // the class's name is one of the names that a template may use
    Object.defineProperty(Handler, 'name', { value: `${name}_class` });
    StepHandler(name)(Handler);
    return Handler;
  });
}
