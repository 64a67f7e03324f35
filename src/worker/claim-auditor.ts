import { Injectable, Logger } from '@nestjs/common';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import { isTransient } from '../persistence/transient.js';
import { RunningAttempts } from './running-attempts.js';
import { StepPump } from './step-pump.js';

const EVERY_MS = 5_000;
/** How long after a lost connection a statement that was in flight on it may still commit. */
const UNCERTAIN_MS = 60_000;

/**
 * Keeps what the worker believes to hold and what the database says together: attempts that ended elsewhere (cancelled,
 * timed out, taken back) are told to stop, and claims whose answer was lost with a connection are given back.
 */
@Injectable()
export class ClaimAuditor {
  private readonly logger = new Logger('tasker.worker');
  private timer: NodeJS.Timeout | undefined;
  /** In milliseconds that only ever grow. */
  private uncertainUntil = -Infinity;
  private checking: Promise<void> | null = null;
  private workerId = 0;

  constructor(
    private readonly store: AttemptStore,
    private readonly running: RunningAttempts,
    private readonly pump: StepPump,
  ) {}

  start(workerId: number): void {
    this.workerId = workerId;
    this.timer ??= setInterval(() => void this.check(), EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.checking;
  }

  /** A connection was lost with a request in flight. */
  connectionLost(): void {
    this.uncertainUntil = performance.now() + UNCERTAIN_MS;
    setTimeout(() => void this.check(), 200).unref();
  }

  /** Something was done to these tasks: their attempts may not be live any more. */
  async checkTasks(taskIds: readonly string[]): Promise<void> {
    const ids = new Set(taskIds);
    await this.dropStale((attempt) => ids.has(attempt.taskId), 'The task was cancelled or ended by another.');
  }

  private check(): Promise<void> {
    this.checking ??= this.checkAll().finally(() => (this.checking = null));
    return this.checking;
  }

  private async checkAll(): Promise<void> {
    try {
      if (performance.now() < this.uncertainUntil) await this.releaseOrphans();
      await this.dropStale(({ duration }) => duration * 1000 > EVERY_MS, 'The attempt ended elsewhere.');
    } catch (error) {
      if (!isTransient(error)) this.logger.error('Checking claims failed', error);
    }
  }

  private async dropStale(filter: Parameters<RunningAttempts['list']>[0], why: string): Promise<void> {
    const mine = this.running.list((attempt) => !attempt.ended && attempt.workerId === this.workerId);
    const suspects = mine.filter(filter!);
    if (suspects.length === 0) return;
    this.running.abandon(await this.store.stale(this.workerId, suspects), why);
    for (const attempt of suspects) if (attempt.ended) attempt.span?.cutShort('cancelled', why);
    this.pump.wake();
  }

  /** While no request is in flight: what is handed over at this moment is in neither list. */
  private async releaseOrphans(): Promise<void> {
    await this.pump.whileQuiet(async () => {
      const released = await this.store.releaseOrphans(this.workerId, this.running.keys());
      if (released.length > 0) this.logger.warn(`Gave back ${released.length} steps whose claim was lost in transit`);
    });
    this.pump.wake();
  }
}
