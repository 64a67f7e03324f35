import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { CLOCK, elapsedMs, moment, type Clock, type Moment } from '../core/clock.js';
import { LiveAttempt } from '../orchestration/live-attempt.js';
import { StepExecutor } from '../orchestration/step-executor.js';
import { TaskMemories } from '../orchestration/task-memory.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { Advance, ClaimedStep } from '../persistence/stores/attempts.js';
import { isTransient } from '../persistence/transient.js';
import { CircuitReports } from './circuits/circuit-reports.js';
import { CircuitWatch } from './circuits/circuit-watch.js';
import { EngineEvents } from './engine-events.js';
import { HandlerTable } from './handler-table.js';
import { Outcomes } from './outcomes.js';
import { ReturnedSteps } from './returned-steps.js';
import { RunningAttempts } from './running-attempts.js';

const RELOAD_MS = 250;

/** Starts the steps that the worker got, at once where it knows their task, else as soon as that is read. */
@Injectable()
export class StepStarter {
  private readonly logger = new Logger('tasker.worker');

  constructor(
    private readonly memories: TaskMemories,
    private readonly running: RunningAttempts,
    private readonly handlers: HandlerTable,
    private readonly executor: StepExecutor,
    private readonly outcomes: Outcomes,
    private readonly events: EngineEvents,
    private readonly circuits: CircuitWatch,
    private readonly reports: CircuitReports,
    private readonly returned: ReturnedSteps,
    private readonly store: AttemptStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  start({ steps, startedTasks, asked }: Advance, workerId: number): void {
    const fresh = new Set(startedTasks);
    const isLate = this.isLate(asked);
    const known: LiveAttempt[] = [];
    const unknown: ClaimedStep[] = [];
    for (const claim of steps) {
      const memory = isLate ? null : this.memories.recall(claim);
      if (memory) known.push(new LiveAttempt(claim, memory, workerId, this.clock));
      else unknown.push(claim);
    }
    this.tellStarted(known, fresh);
    this.beginAll(known);
    if (unknown.length > 0) void this.load(unknown, workerId, fresh, asked);
  }

  private async load(claims: ClaimedStep[], workerId: number, fresh: Set<string>, asked: Moment): Promise<void> {
    claims.forEach((claim) => this.running.prepare(claim));
    for (;;) {
      try {
        const memories = await this.memories.load(claims);
        await this.dropLost(claims, workerId, asked);
        const attempts = claims.map((claim, n) => new LiveAttempt(claim, memories[n]!, workerId, this.clock));
        this.tellStarted(attempts, fresh);
        // meanwhile the worker may have been taken for dead
        this.beginAll(attempts.filter((attempt) => this.running.isPreparing(attempt)));
        return;
      } catch (error) {
        // Even where reading fails for good the steps are ours: to hold on is better than to lose them silently.
        const level = isTransient(error) ? 'warn' : 'error';
        this.logger[level](`Cannot read the tasks of ${claims.length} claimed steps, trying again: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RELOAD_MS));
      }
    }
  }

  /**
   * Gives up claims that are not this worker's any more: after a pause of this process, or of the network, it may have been
   * taken for dead, and others may have run by now what the answer says is to be run here.
   */
  private async dropLost(claims: readonly ClaimedStep[], workerId: number, asked: Moment): Promise<void> {
    for (let since = asked; this.isLate(since);) {
      since = moment();
      const lost = await this.store.stale(workerId, claims);
      if (lost.length > 0) this.logger.warn(`${lost.length} steps were given to others before they could start here`);
      for (const key of lost) this.running.remove(key);
    }
  }

  /** As late as a rescuer looks for silent workers. */
  private isLate(asked: Moment): boolean {
    return elapsedMs(asked) > this.config.worker.silentMs / 3;
  }

  private tellStarted(attempts: readonly LiveAttempt[], fresh: Set<string>): void {
    for (const attempt of attempts) if (fresh.delete(attempt.taskId)) this.events.taskStarted(attempt.memory);
  }

  private beginAll(attempts: readonly LiveAttempt[]): void {
    for (const attempt of attempts) this.running.add(attempt);
    this.events.stepsDiscovered(attempts.filter(({ claim }) => !this.handlers.isBypass(claim.handlerId)));
    for (const attempt of attempts) this.begin(attempt);
  }

  private begin(attempt: LiveAttempt): void {
    const { handlerId } = attempt.claim;
    const system = this.circuits.systemInTheWay(handlerId);
    // claimed just before the circuit opened
    if (system !== null && !this.reports.isTrying(attempt.claim, system)) {
      this.returned.return(attempt, `The circuit of ${system} is open.`);
      return;
    }
    attempt.begin();
    if (this.handlers.isBypass(handlerId)) {
      this.outcomes.bypassed(attempt);
      return;
    }
    const handler = this.handlers.get(handlerId);
    if (!handler) {
      this.returned.return(attempt, 'Its handler is not registered here any more.');
      return;
    }
    this.events.stepStarted(attempt);
    this.executor.execute(attempt, handler);
  }
}
