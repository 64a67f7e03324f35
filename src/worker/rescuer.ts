import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { elapsedMs, moment, type Moment } from '../core/clock.js';
import { storeFailure } from '../core/failure.js';
import type { StepTemplate } from '../core/template.js';
import type { ErrorHandling } from '../core/template-policies.js';
import { failureOf, retryDelayMs, StepTimeoutError } from '../orchestration/failure-policy.js';
import { Admissions } from '../persistence/admissions.js';
import { Database, type Queryable } from '../persistence/database.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { FailedAttempt, MovedStep, Moves } from '../persistence/stores/attempts.js';
import { WorkerStore, type OverdueAttempt } from '../persistence/stores/worker.store.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { isTransient } from '../persistence/transient.js';
import { EngineEvents } from './engine-events.js';
import { RescueEvents } from './rescue-events.js';
import { WorkerEvents } from './worker-events.js';

/** How often a sweep looks, in milliseconds: a third of the default silence that makes a worker dead. */
const SWEEP_MS = 2_000;
/** A worker ends its own attempts in time; others step in where it is this much too late. */
const OVERDUE_GRACE_MS = 1_000;
const PARTITIONS_EVERY_MS = 3_600_000;

/** The task ran longer than its template's `max_duration_seconds`. */
class TaskExpiredError extends Error {
  readonly retryable = true;
  readonly errorCode = 'TASK_TIMEOUT';
  readonly errorCategory = 'timeout';
}

/**
 * Puts right what nobody else will: steps of dead workers, attempts that outlive their timeout in a worker that hangs,
 * tasks that outlive theirs. A sweep reads what is, so one that fails or is cut short is made good by the next, anywhere.
 */
@Injectable()
export class Rescuer {
  private readonly logger = new Logger('tasker.rescuer');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private stopped = true;
  private lastSweepAt: Moment = moment();
  /** In milliseconds that only ever grow, as the next one. */
  private rescueFrom = 0;
  private partitionsAt = 0;
  /** What a process that has died should have admitted waits within tasks; at a start, it may have been the last one. */
  private looksIntoTasks = true;
  /** How many other workers are alive. */
  others = 0;

  constructor(
    private readonly database: Database,
    private readonly workers: WorkerStore,
    private readonly attempts: AttemptStore,
    private readonly catalog: TemplateCatalog,
    private readonly events: EngineEvents,
    private readonly rescueEvents: RescueEvents,
    private readonly workerEvents: WorkerEvents,
    private readonly admissions: Admissions,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  /** Called once steps were given back. */
  onRescued: () => void = () => undefined;

  start(): void {
    this.stopped = false;
    this.lastSweepAt = moment();
    // at once: where workers do not live long, a later one might never come
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** Sweeps at once; resolves when it has. */
  async sweepNow(): Promise<void> {
    await this.sweeping;
    if (!this.stopped) await (this.sweeping = this.sweep());
  }

  private schedule(everyMs = Math.min(SWEEP_MS, this.config.worker.silentMs / 3)): void {
    this.timer = setTimeout(
      () => {
        this.sweeping = this.sweep().finally(() => {
          if (!this.stopped) this.schedule();
        });
      },
      everyMs * (0.75 + Math.random() / 2),
    ).unref();
  }

  private async sweep(): Promise<void> {
    try {
      this.noticePause();
      if (performance.now() >= this.rescueFrom) await this.rescue();
      await this.endOverdue();
      await this.expireTasks();
      await this.events.tasksSettled(await this.workers.settleStalled());
      await this.admit();
      await this.makePartitions();
    } catch (error) {
      if (!isTransient(error)) this.logger.error('A sweep failed, the next one tries again', error);
    }
  }

  /** After a pause of its own, or of the database, the others may not have been able to say that they live either. */
  private noticePause(): void {
    const { silentMs } = this.config.worker;
    if (elapsedMs(this.lastSweepAt) > silentMs) this.rescueFrom = performance.now() + silentMs;
    this.lastSweepAt = moment();
  }

  private async rescue(): Promise<void> {
    const { silentMs, maxLosses } = this.config.worker;
    const { lostWorkers, settledTasks, news } = await this.database.transaction(async (db) => {
      const { steps, ...rest } = await this.workers.rescue(silentMs, maxLosses, db);
      return { ...rest, news: await this.rescueEvents.record(steps, db) };
    });
    if (lostWorkers.length > 0) {
      this.looksIntoTasks = true;
      this.logger.warn(`Workers ${lostWorkers.join(', ')} were silent for ${silentMs} ms: taken for dead`);
      await this.workerEvents.lost(lostWorkers);
    }
    if (news.length > 0) {
      this.logger.warn(`Took back ${news.length} steps of dead workers`);
      this.rescueEvents.workersLost(news);
      this.onRescued();
    }
    await this.events.tasksSettled(settledTasks);
  }

  private async endOverdue(): Promise<void> {
    const overdue = await this.workers.overdue(OVERDUE_GRACE_MS);
    for (const attempt of overdue) {
      const { template } = await this.catalog.get(attempt.templateId);
      const step = template.steps[attempt.stepNo]!;
      const failed = this.timeOut(attempt, step, template.errorHandling);
      const isSkipped = failed.delayMs === null && step.skippable;
      const { settledTasks, standstills, news } = await this.database.transaction(async (db) => {
        const { steps, ...rest } = await (isSkipped
          ? this.skip(attempt, failed, db)
          : this.attempts.fail(attempt.workerId, [failed], this.events.tellingOf(template), db));
        return { ...rest, news: await this.rescueEvents.record(steps, db) };
      });
      if (news.length === 0) continue;
      this.logger.warn(`Ended an attempt whose worker hangs: ${failed.error.message}`);
      this.rescueEvents.attemptsTimedOut(news, failed.delayMs);
      this.onRescued();
      await this.events.tasksSettled(settledTasks);
      await this.events.standstills(standstills);
    }
  }

  private timeOut(overdue: OverdueAttempt, step: StepTemplate, handling: ErrorHandling): FailedAttempt {
    const { taskId, stepNo, attempt, ...counts } = overdue;
    const thrown = new StepTimeoutError(step.name, step.timeoutSeconds);
    const failure = failureOf(thrown, attempt, handling);
    const counted = attempt - counts.forgiven;
    const { retryAfterCapMs } = this.config.worker;
    const delayMs = retryDelayMs(failure, thrown, step, counted, counts.retryLimit, retryAfterCapMs);
    return { taskId, stepNo, attempt, cause: 'timed_out', delayMs, error: storeFailure(failure) };
  }

  private async skip(overdue: OverdueAttempt, failed: FailedAttempt, db: Queryable): Promise<Moves> {
    const { accepted, settledTasks, standstills } = await this.attempts.skip(overdue.workerId, failed, db);
    const { taskId, stepNo, attempt, templateId } = overdue;
    const step: MovedStep = { taskId, stepNo, attempt, templateId, state: 'skipped', dueAt: null };
    return { steps: accepted === 1 ? [step] : [], settledTasks, standstills };
  }

  private async expireTasks(): Promise<void> {
    const error = storeFailure(
      failureOf(new TaskExpiredError('The task ran longer than its max_duration_seconds.'), 0),
    );
    const { settledTasks, news } = await this.database.transaction(async (db) => {
      const { steps, ...rest } = await this.workers.expireTasks({ ...error, stack: null }, db);
      return { ...rest, news: await this.rescueEvents.record(steps, db) };
    });
    await this.rescueEvents.tasksExpired(news);
    await this.events.tasksSettled(settledTasks);
  }

  /** Within tasks there may be much to look at: one of the workers does it in each round, or who has found another dead. */
  private async admit(): Promise<void> {
    const withinTasks = this.looksIntoTasks || Math.random() * (this.others + 1) < 1;
    await this.admissions.sweep(withinTasks);
    this.looksIntoTasks = false;
  }

  private async makePartitions(): Promise<void> {
    if (performance.now() < this.partitionsAt) return;
    this.partitionsAt = performance.now() + PARTITIONS_EVERY_MS;
    await this.workers.createPartitions();
  }
}
