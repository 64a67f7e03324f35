import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../core/clock.js';
import { LiveAttempt } from '../orchestration/live-attempt.js';
import { StepExecutor } from '../orchestration/step-executor.js';
import { TaskMemories } from '../orchestration/task-memory.js';
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
  private readonly logger = new Logger('Tasker');

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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  start({ steps, startedTasks }: Advance, workerId: number): void {
    const fresh = new Set(startedTasks);
    const known: LiveAttempt[] = [];
    const unknown: ClaimedStep[] = [];
    for (const claim of steps) {
      const memory = this.memories.recall(claim);
      if (memory) known.push(new LiveAttempt(claim, memory, workerId, this.clock));
      else unknown.push(claim);
    }
    this.beginAll(known, fresh);
    if (unknown.length > 0) void this.load(unknown, workerId, fresh);
  }

  private async load(claims: ClaimedStep[], workerId: number, fresh: Set<string>): Promise<void> {
    claims.forEach((claim) => this.running.prepare(claim));
    for (;;) {
      try {
        const memories = await this.memories.load(claims);
        const attempts = claims.map((claim, n) => new LiveAttempt(claim, memories[n]!, workerId, this.clock));
        this.beginAll(attempts, fresh);
        return;
      } catch (error) {
        // Even where reading fails for good the steps are ours: to hold on is better than to lose them silently.
        const level = isTransient(error) ? 'warn' : 'error';
        this.logger[level](`Cannot read the tasks of ${claims.length} claimed steps, trying again: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RELOAD_MS));
      }
    }
  }

  private beginAll(attempts: readonly LiveAttempt[], fresh: Set<string>): void {
    for (const attempt of attempts) {
      this.running.add(attempt);
      if (fresh.delete(attempt.taskId)) this.events.taskStarted(attempt.memory);
    }
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
    this.events.stepStarted(attempt);
    this.executor.execute(attempt, this.handlers.get(handlerId));
  }
}
