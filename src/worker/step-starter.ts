import { Injectable, Logger } from '@nestjs/common';
import { LiveAttempt } from '../orchestration/live-attempt.js';
import { StepExecutor } from '../orchestration/step-executor.js';
import { TaskMemories, type TaskMemory } from '../orchestration/task-memory.js';
import type { Advance, ClaimedStep } from '../persistence/stores/attempts.js';
import { isTransient } from '../persistence/transient.js';
import { EngineEvents } from './engine-events.js';
import { HandlerTable } from './handler-table.js';
import { Outcomes } from './outcomes.js';
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
  ) {}

  start({ steps, startedTasks }: Advance, workerId: number): void {
    const fresh = new Set(startedTasks);
    const unknown: ClaimedStep[] = [];
    for (const claim of steps) {
      const memory = this.memories.recall(claim);
      if (memory) this.begin(claim, memory, workerId, fresh);
      else unknown.push(claim);
    }
    if (unknown.length > 0) void this.load(unknown, workerId, fresh);
  }

  private async load(claims: ClaimedStep[], workerId: number, fresh: Set<string>): Promise<void> {
    claims.forEach((claim) => this.running.prepare(claim));
    for (;;) {
      try {
        const memories = await this.memories.load(claims);
        claims.forEach((claim, index) => this.begin(claim, memories[index]!, workerId, fresh));
        return;
      } catch (error) {
        // Even where reading fails for good the steps are ours: to hold on is better than to lose them silently.
        const level = isTransient(error) ? 'warn' : 'error';
        this.logger[level](`Cannot read the tasks of ${claims.length} claimed steps, trying again: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RELOAD_MS));
      }
    }
  }

  private begin(claim: ClaimedStep, memory: TaskMemory, workerId: number, fresh: Set<string>): void {
    const attempt = new LiveAttempt(claim, memory, workerId);
    this.running.add(attempt);
    if (fresh.delete(claim.taskId)) this.events.taskStarted(memory);
    if (this.handlers.isBypass(claim.handlerId)) {
      this.outcomes.bypassed(attempt);
      return;
    }
    this.events.stepStarted(attempt);
    this.executor.execute(attempt, this.handlers.get(claim.handlerId));
  }
}
