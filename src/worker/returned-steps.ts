import { Injectable, Logger } from '@nestjs/common';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import { isTransient } from '../persistence/transient.js';
import { EngineEvents } from './engine-events.js';
import { RunningAttempts } from './running-attempts.js';

const RETRY_MS = 250;

/** Gives back what was claimed and must not start: it is ready again, and the attempt does not count. */
@Injectable()
export class ReturnedSteps {
  private readonly logger = new Logger('tasker.worker');
  private readonly waiting: { attempt: LiveAttempt; reason: string }[] = [];
  private returning: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly store: AttemptStore,
    private readonly running: RunningAttempts,
    private readonly events: EngineEvents,
  ) {}

  /** Called once slots are free again. */
  onReturned: () => void = () => undefined;

  /** @param reason - kept in the audit */
  return(attempt: LiveAttempt, reason: string): void {
    attempt.end();
    this.waiting.push({ attempt, reason });
    this.start();
  }

  /** Resolves when nothing is being given back: what cannot be by now is left to a rescuer. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.returning) await this.returning;
  }

  private start(): void {
    this.returning ??= this.returnAll().finally(() => {
      this.returning = null;
      if (this.waiting.length > 0 && !this.closed) this.start();
    });
  }

  private async returnAll(): Promise<void> {
    await Promise.resolve();
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      const { reason } = next;
      const { workerId } = next.attempt;
      const group = this.waiting.filter((one) => one.reason === reason && one.attempt.workerId === workerId);
      const attempts = group.map(({ attempt }) => attempt);
      try {
        const released = await this.store.release(workerId, attempts, reason);
        this.events.stepsReleased(attempts, released, reason);
      } catch (error) {
        if (this.closed) return;
        if (!isTransient(error)) this.logger.error('Cannot give steps back, trying again', error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      for (const one of group) this.waiting.splice(this.waiting.indexOf(one), 1);
      for (const attempt of attempts) this.running.remove(attempt);
      this.onReturned();
    }
  }
}
