import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { isWellAfter, LONGEST_RESET_MS } from '../../core/circuit.js';
import type { StepFailure } from '../../core/failure.js';
import type { LiveAttempt } from '../../orchestration/live-attempt.js';
import { Admissions } from '../../persistence/admissions.js';
import { Notifications } from '../../persistence/notifications.js';
import type { ClaimedStep } from '../../persistence/stores/attempts.js';
import { CircuitStore, type HealthReport } from '../../persistence/stores/circuit.store.js';
import { isTransient } from '../../persistence/transient.js';
import { HandlerTable } from '../handler-table.js';
import { CircuitEvents } from './circuit-events.js';
import { CircuitWatch } from './circuit-watch.js';

const RETRY_MS = 250;

/** What is to be told of a system's health; `message` stays in this process. */
interface Sighting extends HealthReport {
  message: string;
}

/** How a try of a system has ended. */
interface Trial {
  system: string;
  attempt: LiveAttempt;
  well: boolean | null;
  failure: StepFailure | null;
}

/**
 * Tells the other workers, through the database, how the systems are that this worker's steps depend on. A success of a
 * system that has not failed is nothing to tell. Nothing waits for these reports: what is lost with a process is found
 * out again, and a try that nobody reports is over when its attempt is.
 */
@Injectable()
export class CircuitReports {
  private readonly logger = new Logger('tasker.circuits');
  private readonly seen = new Map<string, Sighting>();
  private readonly trials: Trial[] = [];
  /** The attempt that tries a system; a later one takes the place of one that nobody has heard of again. */
  private readonly trying = new Map<string, string>();
  private telling: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly store: CircuitStore,
    private readonly watch: CircuitWatch,
    private readonly handlers: HandlerTable,
    private readonly events: CircuitEvents,
    private readonly notifications: Notifications,
    private readonly admissions: Admissions,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  /** A claimed step tries a system. */
  tries(claim: ClaimedStep, system: string): void {
    this.trying.set(system, keyOf(claim));
    this.events.tried(system);
  }

  isTrying(claim: ClaimedStep, system: string): boolean {
    return this.trying.get(system) === keyOf(claim);
  }

  succeeded(attempt: LiveAttempt): void {
    const system = this.systemOf(attempt);
    if (system !== undefined) this.wasWell(attempt, system);
  }

  failed(attempt: LiveAttempt, failure: StepFailure): void {
    const system = this.systemOf(attempt);
    if (system === undefined) return;
    const well = isWellAfter(failure);
    if (well === true) this.wasWell(attempt, system);
    else if (this.isTrying(attempt.claim, system)) this.end({ system, attempt, well, failure });
    else if (well === false) this.wasIll(attempt, system, failure);
  }

  /** Resolves when nothing is being told. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.telling) await this.telling;
  }

  private systemOf(attempt: LiveAttempt): string | undefined {
    return this.handlers.circuits.get(attempt.claim.handlerId);
  }

  private wasWell(attempt: LiveAttempt, system: string): void {
    if (this.isTrying(attempt.claim, system)) {
      this.end({ system, attempt, well: true, failure: null });
    } else if (this.seen.has(system) || this.watch.isFailing(system)) {
      const settings = this.settingsOf(attempt, system);
      this.seen.set(system, { ...settings, recovered: true, failures: 0, errorCode: null, message: '' });
      this.tell();
    }
  }

  private wasIll(attempt: LiveAttempt, system: string, failure: StepFailure): void {
    const { recovered = false, failures = 0 } = this.seen.get(system) ?? {};
    const settings = this.settingsOf(attempt, system);
    const { message } = failure;
    this.seen.set(system, { ...settings, recovered, failures: failures + 1, errorCode: codeOf(failure), message });
    this.tell();
  }

  /** Those of the step whose outcome is told: who shares a system with others should agree with them. */
  private settingsOf({ step }: LiveAttempt, system: string): Pick<HealthReport, 'system' | 'threshold' | 'resetMs'> {
    const { failureThreshold, resetTimeoutMs } = this.config.worker.circuitBreaker;
    const { circuitBreaker } = step;
    return {
      system,
      threshold: circuitBreaker.failureThreshold ?? failureThreshold,
      resetMs: circuitBreaker.resetTimeoutMs ?? resetTimeoutMs,
    };
  }

  private end(trial: Trial): void {
    this.trying.delete(trial.system);
    this.trials.push(trial);
    this.tell();
  }

  private tell(): void {
    this.telling ??= this.tellAll().finally(() => {
      this.telling = null;
      if (this.seen.size > 0 || this.trials.length > 0) this.tell();
    });
  }

  /** What comes in the same turn of the event loop is told together. */
  private async tellAll(): Promise<void> {
    await Promise.resolve();
    while (this.seen.size > 0 || this.trials.length > 0) {
      const trial = this.trials.shift();
      const [report] = trial ? [] : this.seen.values();
      if (report) this.seen.delete(report.system);
      try {
        if (trial) await this.tellTrial(trial);
        else if (report) await this.tellHealth(report);
      } catch (error) {
        if (this.closed || !isTransient(error)) {
          this.logger.error('Could not say how a system is', error);
          continue;
        }
        if (trial) this.trials.unshift(trial);
        // what has been seen since stands
        else if (report && !this.seen.has(report.system)) this.seen.set(report.system, report);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private async tellHealth({ message, ...report }: Sighting): Promise<void> {
    const { system, resetMs } = report;
    const now = await this.store.report(report);
    const isFirst = now !== null && now.failures > 0 && now.failures === report.failures;
    if (now?.opened) this.events.opened({ system, failures: now.failures, resetMs, message });
    // others have to know of the first failure, or they would not tell of a success
    if (now?.opened || isFirst) await this.notifications.announceCircuits();
    await this.watch.look();
  }

  private async tellTrial({ system, attempt, well, failure }: Trial): Promise<void> {
    const code = failure && codeOf(failure);
    const now = await this.store.settleProbe(system, attempt, well, LONGEST_RESET_MS, code);
    if (now === null) return;
    if (well) this.events.closed(system);
    else if (well === false) this.events.opened({ system, ...now, message: failure!.message });
    await this.notifications.announceCircuits();
    await this.watch.look();
    // steps of limited templates have no permits while they wait for a circuit
    if (well) await this.admissions.sweep(true);
  }
}

const codeOf = ({ errorCode, errorClass }: StepFailure): string => errorCode ?? errorClass;

const keyOf = ({ taskId, stepNo, attempt }: ClaimedStep): string => `${taskId} ${stepNo} ${attempt}`;
