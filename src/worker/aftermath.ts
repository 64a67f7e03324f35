import { Injectable } from '@nestjs/common';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import { TaskMemories } from '../orchestration/task-memory.js';
import { Admissions } from '../persistence/admissions.js';
import { Notifications } from '../persistence/notifications.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { Advance, AttemptKey } from '../persistence/stores/attempts.js';
import { isTransient } from '../persistence/transient.js';
import { isTraced } from '../telemetry/tracer.js';
import { EngineEvents } from './engine-events.js';
import { RunningAttempts } from './running-attempts.js';
import type { Satisfaction } from './settlement-queue.js';
import { StepStarter } from './step-starter.js';

const RETRY_MS = 100;

/** What follows in this process from an answer of the database: what it accepted is remembered and told, what it gave is started. */
@Injectable()
export class Aftermath {
  constructor(
    private readonly store: AttemptStore,
    private readonly running: RunningAttempts,
    private readonly starter: StepStarter,
    private readonly memories: TaskMemories,
    private readonly events: EngineEvents,
    private readonly notifications: Notifications,
    private readonly admissions: Admissions,
  ) {}

  /** @param takesSteps - whether the steps in the answer are this worker's: not those of an incarnation that is taken for dead */
  async absorb(advance: Advance, batch: readonly Satisfaction[], workerId: number, takesSteps: boolean): Promise<void> {
    const accepted = advance.accepted === batch.length ? batch : await this.sortOut(batch, workerId);
    for (const { attempt, json, to, cause, failure } of accepted) {
      this.memories.remember(attempt.memory, attempt.stepNo, to === 'complete' ? json : 'null');
      if (to === 'complete') this.events.stepCompleted(attempt, json);
      else this.events.stepSkipped(attempt, failure, cause === 'timed_out');
    }
    for (const { attempt } of batch) {
      this.running.remove(attempt);
      this.admissions.concern(attempt.memory.entry, attempt.taskId);
    }
    if (takesSteps) this.starter.start(advance, workerId);
    if (advance.leftReady) this.notifications.announceReady();
    if (advance.queuedTasks.length > 0) this.admissions.admit(advance.queuedTasks);
    if (advance.settledTasks.length > 0) {
      if (isTraced()) for (const task of advance.settledTasks) task.trace = this.memories.traceOf(task.taskId);
      advance.settledTasks.forEach(({ taskId }) => this.memories.forget(taskId));
      await this.events.tasksSettled(advance.settledTasks);
    }
    if (advance.standstills.length > 0) await this.events.standstills(advance.standstills);
  }

  /** Finds out which of a batch were refused. One that was accepted before, in an answer that got lost, counts as accepted. */
  private async sortOut(batch: readonly Satisfaction[], workerId: number): Promise<Satisfaction[]> {
    const results = batch.map(({ attempt, json, failure }) => ({
      ...toKey(attempt),
      detail: failure
        ? { error: failure }
        : { results: JSON.parse(attempt.memory.sealed(attempt.stepNo, json)) as unknown },
    }));
    for (;;) {
      try {
        const refused = await this.store.refuse(workerId, results, batch[0]!.cause);
        const keys = new Set(refused.map(({ taskId, stepNo }) => `${taskId} ${stepNo}`));
        for (const { attempt } of batch) {
          if (!keys.has(attempt.key)) continue;
          attempt.span?.refused();
          this.events.resultRefused(attempt);
        }
        return batch.filter(({ attempt }) => !keys.has(attempt.key));
      } catch (error) {
        if (!isTransient(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

const toKey = ({ taskId, stepNo, attempt }: LiveAttempt): AttemptKey => ({ taskId, stepNo, attempt });
