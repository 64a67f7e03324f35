import { Injectable, Logger } from '@nestjs/common';
import { Notifications } from './notifications.js';
import { LimitStore } from './stores/limit.store.js';
import type { CatalogEntry } from './template-catalog.js';
import { isTransient } from './transient.js';

/** Named in one call at most. */
const TASKS_AT_ONCE = 1_000;

/**
 * Has steps admitted within the limits of their templates: after each commit that made limited steps ready, or ended
 * them. One call at a time, for all that has come meanwhile. What is not done here, because the process dies or the
 * database is away, a worker's sweep does.
 */
@Injectable()
export class Admissions {
  private readonly logger = new Logger('tasker.limits');
  private readonly waiting = new Set<string>();
  private working: Promise<void> | null = null;

  constructor(
    private readonly limits: LimitStore,
    private readonly notifications: Notifications,
  ) {}

  /** Something has changed in tasks of a template; nothing is done where it sets no limit. */
  concern(entry: CatalogEntry, taskId: string): void {
    if (entry.limitsSteps) this.admit([taskId]);
  }

  admit(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.waiting.add(taskId);
    this.start();
  }

  /** Admits what nobody else has: what is known to somebody, or everything. */
  async sweep(withinTasks: boolean): Promise<void> {
    this.tell(await this.limits.sweep(withinTasks));
  }

  /** Resolves when nothing is being admitted. */
  async close(): Promise<void> {
    while (this.working) await this.working;
  }

  private start(): void {
    this.working ??= this.work().finally(() => {
      this.working = null;
      if (this.waiting.size > 0) this.start();
    });
  }

  private async work(): Promise<void> {
    // what comes in the same turn of the event loop goes with it
    await Promise.resolve();
    while (this.waiting.size > 0) {
      const taskIds = [...this.waiting].slice(0, TASKS_AT_ONCE);
      for (const taskId of taskIds) this.waiting.delete(taskId);
      try {
        this.tell(await this.limits.admit(taskIds));
      } catch (error) {
        if (!isTransient(error)) this.logger.error('Steps were not admitted, a sweep tries again', error);
      }
    }
  }

  private tell(admitted: number): void {
    if (admitted === 0) return;
    this.notifications.tell('ready');
    this.notifications.announceReady();
  }
}
