import { setTimeout as delay } from 'node:timers/promises';
import { TaskerClient, type TaskRequest, type TaskView } from '../../../src/index.js';
import { Chance } from '../seeded.js';
import { endOf, MIX } from './load-templates.js';
import type { Pulse } from './pulse.js';

/** Tasks that are kept open. */
const OPEN_TASKS = 40;
const AT_ONCE = 15;
const LOOK_MS = 150;
/** An answer that has not come by then never will. */
const HUNG_MS = 60_000;
const WAIT_MS = 300_000;
/** Of so many tasks, somebody waits for one. */
const ONE_IN = 10;

type Answer = { task: TaskView } | { error: unknown };
const HUNG = { error: new Error(`no answer within ${HUNG_MS} ms`) };

/** A task that was asked for, and created. */
export interface Order {
  name: string;
  runAt: Date | undefined;
}

/** Keeps Tasker busy with a mix of tasks, each asked for under a key of its own until it is known to be created. */
export class Load {
  /** What was created, by the tasks' ids. */
  readonly orders = new Map<string, Order>();
  /** Versions of `evolving` that there are workers for. */
  releases: number[] = [1];
  /** What must never be, and was. */
  readonly problems: string[] = [];
  private readonly chance: Chance;
  private readonly waits = new Set<Promise<void>>();
  private working: Promise<void> = Promise.resolve();
  private wanted = false;
  private count = 0;

  constructor(
    private readonly client: TaskerClient,
    private readonly pulse: Pulse,
    private readonly seed: number,
  ) {
    this.chance = new Chance(seed);
  }

  start(): void {
    this.wanted = true;
    this.working = this.work();
  }

  /** Asks for nothing more; resolves when the last answer has come. */
  async pause(): Promise<void> {
    this.wanted = false;
    await this.working;
  }

  /** Resolves once everybody who waits for a task has been told of its end. */
  async waitersTold(mostMs: number): Promise<void> {
    const told = Promise.all([...this.waits]).then(() => true);
    if (await Promise.race([told, delay(mostMs, false, { ref: false })])) return;
    this.problems.push(`${this.waits.size} waited for tasks that had settled, and were not told within ${mostMs} ms`);
  }

  /** Resolves once these tasks are created. */
  create(name: string, count: number): Promise<void> {
    return this.ask(Array.from({ length: count }, () => this.request(name)));
  }

  private async work(): Promise<void> {
    while (this.wanted) {
      const missing = OPEN_TASKS - (this.pulse.open ?? OPEN_TASKS);
      const requests = Array.from({ length: Math.min(missing, AT_ONCE) }, () => this.request(this.chance.pick(MIX)));
      if (requests.length > 0) await this.ask(requests);
      await delay(LOOK_MS);
    }
  }

  private request(name: string): TaskRequest {
    const number = ++this.count;
    const isLater = this.chance.whole(1, 8) === 1;
    return {
      name,
      context: { number },
      initiator: 'chaos',
      reason: 'trial',
      sourceSystem: 'test',
      priority: this.chance.whole(-10, 10),
      idempotencyKey: `${this.seed}-${number}`,
      ...(name === 'evolving' ? { version: `${this.chance.pick(this.releases)}.0.0` } : {}),
      ...(isLater ? { runAt: new Date(Date.now() + this.chance.whole(200, 3_000)) } : {}),
    };
  }

  /** Again and again until all are created: what a caller does who has not got an answer. */
  private async ask(requests: readonly TaskRequest[]): Promise<void> {
    for (let left = [...requests]; left.length > 0;) {
      const answers = await this.answered(left);
      left = left.filter((request, index) => {
        const answer = answers[index]!;
        if ('error' in answer) return this.isPassing(answer.error);
        this.created(request, answer.task);
        return false;
      });
      if (left.length > 0) await delay(LOOK_MS);
    }
  }

  private async answered(requests: TaskRequest[]): Promise<Answer[]> {
    const hung = delay(HUNG_MS, HUNG, { ref: false });
    const asked: Promise<Answer[]> = this.client.createTasks(requests);
    const answers = await Promise.race([asked.catch((error: unknown) => ({ error })), hung]);
    return Array.isArray(answers) ? answers : requests.map(() => answers);
  }

  /** Whether it is worth asking again; whatever else goes wrong is not what a caller may be told. */
  private isPassing(error: unknown): boolean {
    const passes = (error as { code?: unknown }).code === 'database_unavailable';
    if (!passes) this.problems.push(`a request was answered with: ${String(error)}`);
    return passes || error === HUNG.error;
  }

  private created({ name, runAt }: TaskRequest, { taskId }: TaskView): void {
    this.orders.set(taskId, { name, runAt });
    if (this.chance.whole(1, ONE_IN) > 1) return;
    const wait = this.waitFor(taskId, name).finally(() => this.waits.delete(wait));
    this.waits.add(wait);
  }

  private async waitFor(taskId: string, name: string): Promise<void> {
    for (;;) {
      try {
        const { status } = await this.client.waitFor(taskId, { timeoutMs: WAIT_MS });
        if (status !== endOf(name)) this.problems.push(`whoever waited for ${name} ${taskId} was told "${status}"`);
        return;
      } catch (error) {
        // the database is away; whoever waits asks again
        if ((error as { code?: string }).code === 'wait_timeout') {
          this.problems.push(`whoever waited for ${name} ${taskId} was not told: ${String(error)}`);
          return;
        }
        await delay(LOOK_MS);
      }
    }
  }
}
