import { Injectable, Logger } from '@nestjs/common';
import { TaskOriginStore } from '../persistence/stores/task-origin.store.js';
import { writeLostAttempt, type LostAttempt, type TracedAttempt } from '../telemetry/attempt-span.js';
import type { TracedTask } from '../telemetry/attributes.js';
import { writeRun, type TaskRun } from '../telemetry/run-span.js';
import { TaskTrace } from '../telemetry/task-trace.js';
import { isTraced } from '../telemetry/tracer.js';
import { Gatherer } from './gatherer.js';

const STATEMENTS_IN_FLIGHT = 1;
const TASKS_PER_STATEMENT = 200;

/**
 * Spans of what is known only once it is over, and in a process that may never have seen the task before: what became of a
 * task, and attempts that died with their workers. Where their trace is not at hand, it is read; nobody waits for that.
 */
@Injectable()
export class LateSpans {
  private readonly logger = new Logger('tasker.events');
  private readonly reading = new Set<Promise<void>>();
  private readonly traceparents = new Gatherer<string, string | null>(
    async (taskIds) => {
      const found = await this.origins.traceparents(taskIds);
      return taskIds.map((taskId) => ({ status: 'fulfilled', value: found.get(taskId) ?? null }));
    },
    STATEMENTS_IN_FLIGHT,
    TASKS_PER_STATEMENT,
  );

  constructor(private readonly origins: TaskOriginStore) {}

  /** @param known - the trace of the task, where this process has it */
  taskSettled(task: TracedTask, run: TaskRun, known?: TaskTrace): void {
    if (isTraced()) this.within(task, known, (trace) => writeRun(trace, run));
  }

  attemptLost(task: TracedTask, attempt: TracedAttempt, lost: LostAttempt): void {
    if (isTraced()) this.within(task, undefined, (trace) => writeLostAttempt(trace, attempt, lost));
  }

  /** Resolves once nothing is being read any more. */
  async close(): Promise<void> {
    await Promise.all(this.reading);
  }

  private within(task: TracedTask, known: TaskTrace | undefined, write: (trace: TaskTrace) => void): void {
    if (known) {
      if (known.isSampled) write(known);
      return;
    }
    const reading = this.read(task)
      .then((trace) => void (trace.isSampled && write(trace)))
      .catch((error: unknown) => this.logger.warn(`The trace of task ${task.taskId} could not be read`, error))
      .finally(() => this.reading.delete(reading));
    this.reading.add(reading);
  }

  private async read(task: TracedTask): Promise<TaskTrace> {
    return new TaskTrace(task, await this.traceparents.ask(task.taskId));
  }
}
