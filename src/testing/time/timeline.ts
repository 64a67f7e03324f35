import type { LiveAttempt } from '../../orchestration/live-attempt.js';
import type { Database } from '../../persistence/database.js';
import { PassingTime, type Outlook } from '../../persistence/testing/passing-time.js';
import type { HandlerTable } from '../../worker/handler-table.js';
import type { RunningAttempts } from '../../worker/running-attempts.js';
import type { WorkerService } from '../../worker/worker.service.js';
import { isIdle } from './idle-attempts.js';
import { VirtualClock } from './virtual-clock.js';

/** What a worker of this process shows of itself. */
export interface TimedWorker {
  service: Pick<WorkerService, 'catchUp'>;
  running: RunningAttempts;
  handlers: Pick<HandlerTable, 'ids' | 'isolatedIds'>;
}

/** The time of one database, in the database and in the processes' workers alike. */
export class Timeline {
  readonly clock = new VirtualClock();
  private readonly workers = new Set<TimedWorker>();
  /** By whichever of the applications on it. */
  private readonly ways = new Set<PassingTime>();
  /** Attempts that a test lets run on while the time passes. */
  private readonly lasting = new WeakSet<LiveAttempt>();

  /** Takes up the time that the database has, from this life of it or an earlier one. @returns leaves it again */
  async open(database: Database): Promise<() => void> {
    const way = new PassingTime(database);
    this.clock.jumpTo(await way.shiftMs());
    this.ways.add(way);
    return () => void this.ways.delete(way);
  }

  /** @returns leaves it again */
  join(worker: TimedWorker): () => void {
    this.workers.add(worker);
    return () => void this.workers.delete(worker);
  }

  /** Attempts of this process that are at work, or whose outcome is being written. */
  get busy(): boolean {
    return [...this.workers].some(({ running }) => running.size > running.list((one) => this.onlyWaits(one)).length);
  }

  /** From here on the attempts that run now do not keep the time from passing. */
  letLast(): void {
    for (const { running } of this.workers) running.list().forEach((attempt) => this.lasting.add(attempt));
  }

  /** What is ahead, in the database and on the timers of this process. */
  async outlook(): Promise<Outlook> {
    const workers = [...this.workers];
    const idle = workers.flatMap(({ running }) => running.list((attempt) => this.onlyWaits(attempt)));
    const ids = workers.flatMap(({ handlers }) => [...handlers.ids, ...handlers.isolatedIds]);
    const outlook = await this.ofDatabase().outlook([...new Set(ids)], idle);
    const { nextInMs } = this.clock;
    return { ...outlook, nextInMs: least(outlook.nextInMs, nextInMs) };
  }

  /** Moves the time on, and has the workers look at what has become due. */
  async moveOn(ms: number): Promise<void> {
    if (ms > 0) this.clock.jumpTo(await this.ofDatabase().moveOn(ms));
    await this.catchUp();
  }

  async catchUp(): Promise<void> {
    await Promise.all([...this.workers].map(({ service }) => service.catchUp()));
  }

  private onlyWaits(attempt: LiveAttempt): boolean {
    return !attempt.ended && (this.lasting.has(attempt) || isIdle(attempt.signal));
  }

  private ofDatabase(): PassingTime {
    const [way] = this.ways;
    if (!way) throw new Error('The application under test does not run: it is not initialized yet, or was closed.');
    return way;
  }
}

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
