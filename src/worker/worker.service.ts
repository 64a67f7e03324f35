import { hostname } from 'node:os';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { CLOCK, LONGEST_TIMER_MS, type Clock } from '../core/clock.js';
import { Admissions } from '../persistence/admissions.js';
import { Notifications } from '../persistence/notifications.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import { WorkerStore } from '../persistence/stores/worker.store.js';
import { isTransient } from '../persistence/transient.js';
import { CircuitReports } from './circuits/circuit-reports.js';
import { CircuitWatch } from './circuits/circuit-watch.js';
import { ClaimAuditor } from './claim-auditor.js';
import { EngineEvents } from './engine-events.js';
import { FailureWriter } from './failure-writer.js';
import { HandlerTable } from './handler-table.js';
import { Heartbeat } from './heartbeat.js';
import { Rescuer } from './rescuer.js';
import { RetentionSweep } from './retention-sweep.js';
import { ReturnedSteps } from './returned-steps.js';
import { RunningAttempts } from './running-attempts.js';
import { StepPump } from './step-pump.js';
import { WorkerEvents } from './worker-events.js';

const HANDLERS_EVERY_MS = 5_000;
const RETRY_MS = 500;

/** The life of this process as a worker: it registers, runs steps, and on shutdown finishes or gives back what it holds. */
@Injectable()
export class WorkerService {
  private readonly logger = new Logger('tasker.worker');
  state: 'starting' | 'live' | 'draining' | 'stopped' = 'starting';
  private workerId = 0;
  private polling: NodeJS.Timeout | undefined;
  private refreshing: NodeJS.Timeout | undefined;
  private retry: { at: number; timer: NodeJS.Timeout } | undefined;
  private reviving: Promise<void> | null = null;
  private readonly subscriptions: (() => void)[] = [];

  constructor(
    private readonly workers: WorkerStore,
    private readonly attempts: AttemptStore,
    private readonly handlers: HandlerTable,
    private readonly pump: StepPump,
    private readonly failures: FailureWriter,
    private readonly running: RunningAttempts,
    private readonly auditor: ClaimAuditor,
    private readonly heartbeat: Heartbeat,
    private readonly rescuer: Rescuer,
    private readonly retention: RetentionSweep,
    private readonly notifications: Notifications,
    private readonly events: WorkerEvents,
    private readonly engineEvents: EngineEvents,
    private readonly admissions: Admissions,
    private readonly circuits: CircuitWatch,
    private readonly reports: CircuitReports,
    private readonly returned: ReturnedSteps,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** When the database last answered, in milliseconds of the wall clock. */
  get lastPollAt(): number {
    return this.pump.lastAnswerAt;
  }

  /** When the database last took a heartbeat, in milliseconds of the wall clock. */
  get lastBeatAt(): number {
    return this.heartbeat.lastBeatAt;
  }

  async start(): Promise<void> {
    this.handlers.onChange = () => this.pump.wake();
    this.handlers.onRoom = () => this.pump.poke();
    await this.handlers.open();
    this.pump.onOutage = () => this.auditor.connectionLost();
    this.pump.onLost = () => this.revive();
    this.pump.onFailures = () => this.failures.wake();
    this.failures.onRetryAt = (dueAt) => this.wakeAt(dueAt.getTime());
    this.failures.onWritten = () => this.pump.poke();
    this.returned.onReturned = () => this.pump.poke();
    this.circuits.onChance = () => this.pump.wake();
    this.heartbeat.onBeat = ({ lost, others }) => {
      this.notifications.alone = others === 0;
      this.rescuer.others = others;
      if (lost) this.revive();
    };
    this.rescuer.onRescued = () => this.wakeAll();
    this.subscriptions.push(
      this.notifications.on('ready', () => this.pump.wake()),
      this.notifications.on('queued', (taskIds) => this.admissions.admit(taskIds)),
      this.notifications.on('changed', (taskIds) => this.pump.forget(taskIds)),
      this.notifications.on('stop', (taskIds) => void this.auditor.checkTasks(taskIds).catch(() => undefined)),
    );
    this.polling = setInterval(() => this.pump.wake(), this.config.worker.pollMs);
    this.refreshing = setInterval(() => void this.handlers.refresh().catch(() => undefined), HANDLERS_EVERY_MS);
    await this.circuits.start();
    await this.live();
    this.rescuer.start();
    this.retention.start();
    this.state = 'live';
  }

  /** Claims nothing more, lets what runs finish for as long as it may, gives the rest back. */
  async drain(): Promise<void> {
    if (this.state !== 'live') return;
    this.state = 'draining';
    const deadline = performance.now() + this.config.worker.drainMs;
    const left = (): number => Math.max(0, deadline - performance.now());
    this.pump.stopClaiming();
    clearInterval(this.polling);
    clearInterval(this.refreshing);
    clearTimeout(this.retry?.timer);
    this.subscriptions.splice(0).forEach((unsubscribe) => unsubscribe());
    await this.reviving;
    await this.workers.retire(this.workerId, 'draining').catch(() => undefined);
    await this.rescuer.stop();
    await this.retention.stop();
    await this.circuits.stop();
    const answered = await this.answered(left());
    await this.running.whenEmpty(left());
    const givenBack = await this.giveBack();
    await this.handlers.close();
    await this.failures.close();
    await this.returned.close();
    await this.reports.close();
    await this.auditor.stop();
    await this.pump.close();
    await this.heartbeat.stop();
    // One that may hold steps yet falls silent instead: a rescuer takes them.
    if (answered && givenBack) await this.retire();
    this.state = 'stopped';
  }

  private async retire(): Promise<void> {
    try {
      await this.workers.retire(this.workerId, 'stopped');
      this.events.stopped(this.workerId);
    } catch {
      // a rescuer will find it silent
    }
  }

  private async live(): Promise<void> {
    const { name, slots } = this.config.worker;
    const { claimed } = this.handlers;
    this.workerId = await this.workers.register(name, hostname(), process.pid, slots, claimed);
    this.handlers.claimAs(this.workerId, claimed);
    if (this.state === 'draining') return;
    this.heartbeat.start(this.workerId);
    this.auditor.start(this.workerId);
    this.events.started(this.workerId);
    this.pump.start(this.workerId);
  }

  /** This worker was taken for dead: others have its steps by now. It goes on under a new number. */
  private revive(): void {
    if (this.state !== 'live') return;
    this.reviving ??= this.comeBack().finally(() => (this.reviving = null));
  }

  private async comeBack(): Promise<void> {
    this.logger.warn('This worker was taken for dead: its steps were given to others, their results will be refused');
    this.running.abandon(this.running.keys(), 'The worker was taken for dead, and the step given to another.');
    await this.heartbeat.stop();
    while (this.state === 'live') {
      try {
        return await this.live();
      } catch (error) {
        if (!isTransient(error)) this.logger.error('Cannot register again, trying', error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Whether no claim is under way any more. */
  private async answered(mostMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), mostMs)));
    const answered = await Promise.race([this.pump.answered().then(() => true), late]);
    clearTimeout(timer);
    return answered;
  }

  /** @returns whether nothing is held any more */
  private async giveBack(): Promise<boolean> {
    const left = this.running.list((attempt) => !attempt.ended);
    if (left.length === 0) return this.running.size === 0;
    this.logger.warn(`Giving back ${left.length} steps that did not finish within ${this.config.worker.drainMs} ms`);
    this.running.abandon(left, 'The worker is shutting down, and gives the step back.');
    try {
      const released = await this.attempts.release(this.workerId, left);
      this.engineEvents.stepsReleased(left, released, null);
    } catch (error) {
      this.logger.error('Could not give steps back, a rescuer will', error);
      return false;
    }
    this.notifications.announceAlways();
    await this.running.whenEmpty(1_000);
    return this.running.size === 0;
  }

  /** Looks at once for steps and tasks whose time has come, rather than at the next poll and the next sweep. */
  async catchUp(): Promise<void> {
    this.pump.wake();
    await this.circuits.look();
    await this.rescuer.sweepNow();
  }

  private wakeAll(): void {
    this.pump.wake();
    this.notifications.announceReady();
  }

  /** Looks for steps when a retry is due, rather than at the next poll. */
  private wakeAt(time: number): void {
    const now = this.clock.now();
    if (this.retry && this.retry.at <= time && this.retry.at > now) return;
    clearTimeout(this.retry?.timer);
    const timer = setTimeout(() => this.pump.wake(), Math.min(Math.max(0, time - now) + 1, LONGEST_TIMER_MS));
    this.retry = { at: time, timer: timer.unref() };
  }
}
