import type { PoolClient } from 'pg';
import { BulkOperator } from '../../src/client/bulk-operator.js';
import { TaskExplaining } from '../../src/client/explanation/task-explaining.js';
import { LateSpans } from '../../src/client/late-spans.js';
import { OperatorNews } from '../../src/client/operator-news.js';
import { StepOperator } from '../../src/client/step-operator.js';
import { TaskCreation } from '../../src/client/task-creation.js';
import { TaskIntake } from '../../src/client/task-intake.js';
import { TaskLookup } from '../../src/client/task-lookup.js';
import { TaskOperator } from '../../src/client/task-operator.js';
import type { TaskRequest } from '../../src/client/task-request.js';
import { TaskWaiting } from '../../src/client/task-waiting.js';
import { TaskerClient } from '../../src/client/tasker-client.js';
import type { TaskerOptions } from '../../src/config/tasker-options.js';
import { reviveFailure, storeFailure, type StepFailure } from '../../src/core/failure.js';
import type { Json } from '../../src/core/json.js';
import type { TemplateDefinition } from '../../src/core/template-definition.js';
import { AuditLog } from '../../src/events/audit-log.js';
import { EventBus } from '../../src/events/event-bus.js';
import { EngineMetrics } from '../../src/metrics/engine-metrics.js';
import { Instruments } from '../../src/metrics/instruments.js';
import { TemplateMetrics } from '../../src/metrics/template-metrics.js';
import { Admissions } from '../../src/persistence/admissions.js';
import { Database } from '../../src/persistence/database.js';
import { Notifications } from '../../src/persistence/notifications.js';
import { AttemptStore } from '../../src/persistence/stores/attempt.store.js';
import type { Advance, AttemptKey, ClaimedStep } from '../../src/persistence/stores/attempts.js';
import { LimitStore } from '../../src/persistence/stores/limit.store.js';
import { OperatorStore } from '../../src/persistence/stores/operator.store.js';
import { TaskOriginStore } from '../../src/persistence/stores/task-origin.store.js';
import { TaskReader } from '../../src/persistence/stores/task.reader.js';
import { TaskStore } from '../../src/persistence/stores/task.store.js';
import { TemplateStore } from '../../src/persistence/stores/template.store.js';
import { Vault } from '../../src/persistence/vault.js';
import { TemplateCatalog } from '../../src/persistence/template-catalog.js';
import { loadTemplates } from '../../src/templates/load-templates.js';
import { createTestDatabase, type TestDatabase } from './database.js';

const ALIVE = { worker: { silentMs: 10_000 } };

/** A TaskerClient and its parts, as one process has them, built by hand. */
export class ClientParts {
  readonly events = new EventBus();
  readonly notifications: Notifications;
  readonly catalog: TemplateCatalog;
  readonly store: TaskStore;
  readonly reader: TaskReader;
  readonly waiting: TaskWaiting;
  readonly client: TaskerClient;

  private constructor(
    readonly database: Database,
    identity: NonNullable<TaskerOptions['identity']>,
  ) {
    this.notifications = new Notifications(database);
    this.catalog = new TemplateCatalog(new TemplateStore(database));
    this.store = new TaskStore(database);
    this.reader = new TaskReader(database);
    const vault = new Vault({ encryption: null });
    const intake = new TaskIntake(this.catalog, { identity }, vault);
    const lookup = new TaskLookup(this.reader, this.catalog, vault, new AuditLog(this.events), ALIVE);
    this.waiting = new TaskWaiting(this.store, lookup, this.notifications);
    const admissions = new Admissions(new LimitStore(database), this.notifications);
    const operators = new OperatorStore(database);
    const instruments = new Instruments();
    const metrics = new EngineMetrics(instruments, new TemplateMetrics(instruments));
    const spans = new LateSpans(new TaskOriginStore(database));
    const news = new OperatorNews(this.catalog, this.notifications, this.events, admissions, metrics, spans);
    const tasks = new TaskOperator(operators, lookup, news);
    const steps = new StepOperator(operators, lookup, news, vault, { worker: { maxResultBytes: 1_000 } });
    this.client = new TaskerClient(
      new TaskCreation(intake, this.store, lookup, this.notifications, admissions, this.events, metrics),
      lookup,
      tasks,
      steps,
      new BulkOperator(tasks, steps),
      this.waiting,
      new TaskExplaining(this.reader, this.catalog, new AuditLog(this.events), ALIVE),
    );
  }

  static async connect(
    { url }: Pick<TestDatabase, 'url'>,
    templates: TemplateDefinition[],
    identity: NonNullable<TaskerOptions['identity']> = 'always_unique',
  ): Promise<ClientParts> {
    const parts = new ClientParts(await Database.connect({ url, schema: 'tasker' }, 10), identity);
    const loaded = loadTemplates(templates, { environment: 'test', env: {} });
    if (loaded.findings.length > 0) throw new Error(JSON.stringify(loaded.findings));
    await parts.catalog.publish(loaded.templates, false);
    return parts;
  }

  /** Rows of a query that tests ask for themselves. */
  rows<Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.database.dataSource.query<Row[]>(sql, parameters);
  }

  async close(): Promise<void> {
    this.waiting.onModuleDestroy();
    await this.notifications.close();
    await this.database.close();
  }
}

/** A worker whose every move a test makes by hand. */
export class HandWorker {
  private readonly attempts: AttemptStore;

  private constructor(
    private readonly database: Database,
    readonly id: number,
    private readonly handlerIds: number[],
  ) {
    this.attempts = new AttemptStore(database);
  }

  /** Registers it, with every handler that templates name by now. */
  static async start(database: Database, name = 'hand'): Promise<HandWorker> {
    const [row] = await database.call<{ register_worker: number }>('register_worker', [name, 'host', 1, 10]);
    const handlers = await new TemplateStore(database).handlers();
    return new HandWorker(
      database,
      row!.register_worker,
      handlers.map(({ id }) => id),
    );
  }

  async claim(want = 1000): Promise<ClaimedStep[]> {
    return (await this.advance([], 0, want)).steps;
  }

  /** @param handoff - how many of the dependents to take over at once */
  complete(step: AttemptKey, result: Json = null, handoff = 0): Promise<Advance> {
    return this.advance([{ ...step, json: JSON.stringify(result) }], handoff, 0);
  }

  bypass(step: AttemptKey): Promise<Advance> {
    const settled = [{ ...step, json: 'null' }];
    return this.within((client) =>
      this.attempts.advance(client, { ...this.request(settled, 0, 0), to: 'skipped', cause: 'bypassed' }),
    );
  }

  /** @param delayMs - null for no further attempt */
  async fail(step: AttemptKey, delayMs: number | null, message = 'no'): Promise<void> {
    const error = storeFailure({ ...FAILURE, message, attempt: step.attempt, retryable: delayMs !== null });
    await this.attempts.fail(this.id, [{ ...step, cause: 'failed', delayMs, error }]);
  }

  async refuse(step: AttemptKey, detail: unknown): Promise<void> {
    await this.attempts.refuse(this.id, [{ ...step, detail }]);
  }

  async release(step: AttemptKey): Promise<void> {
    await this.attempts.release(this.id, [step]);
  }

  /** Claims and completes until nothing is claimable. @returns ids of the tasks that settled */
  async runAll(result: Json = null): Promise<string[]> {
    const settled: string[] = [];
    for (let steps = await this.claim(); steps.length > 0; steps = await this.claim()) {
      const advance = await this.advance(
        steps.map((step) => ({ ...step, json: JSON.stringify(result) })),
        0,
        0,
      );
      settled.push(...advance.settledTasks.map(({ taskId }) => taskId));
    }
    return settled;
  }

  private advance(settled: (AttemptKey & { json: string })[], handoff: number, want: number): Promise<Advance> {
    return this.within((client) => this.attempts.advance(client, this.request(settled, handoff, want)));
  }

  private request(settled: (AttemptKey & { json: string })[], handoff: number, want: number) {
    return { workerId: this.id, handlerIds: this.handlerIds, settled, handoff, want };
  }

  private async within<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const connection = await this.database.reserve();
    try {
      return await work(connection.client);
    } finally {
      await connection.release();
    }
  }
}

/** What `HandWorker.fail` fails with. */
export const FAILURE: StepFailure = reviveFailure({
  message: 'no',
  error_class: 'RetryableError',
  error_code: 'E1',
  error_category: 'test',
  context: {},
  stack: null,
  attempt: 1,
  retryable: true,
});

/** a → b, c → d */
export const DIAMOND: TemplateDefinition = {
  namespace: 'shop',
  name: 'diamond',
  version: '1.0.0',
  step_templates: [
    { name: 'a', handler_class: 'Work' },
    { name: 'b', handler_class: 'Work', depends_on_steps: ['a'] },
    { name: 'c', handler_class: 'Work', depends_on_steps: ['a'] },
    { name: 'd', handler_class: 'Work', depends_on_steps: ['b', 'c'] },
  ],
};

export const SINGLE: TemplateDefinition = { name: 'single', step_templates: [{ name: 'only', handler_class: 'Work' }] };

/** A request for DIAMOND. */
export const request = (changes: Partial<TaskRequest> = {}): TaskRequest => ({
  namespace: 'shop',
  name: 'diamond',
  context: { cart_id: 7 },
  initiator: 'user@shop',
  reason: 'order placed',
  sourceSystem: 'web',
  ...changes,
});

/** A database with a client on it, for one spec file. */
export async function startClient(
  templates: TemplateDefinition[] = [DIAMOND, SINGLE],
  identity?: NonNullable<TaskerOptions['identity']>,
): Promise<ClientParts & { end: () => Promise<void> }> {
  const test = await createTestDatabase();
  const parts = await ClientParts.connect(test, templates, identity);
  const end = async (): Promise<void> => {
    await parts.close();
    await test.drop();
  };
  return Object.assign(parts, { end });
}
