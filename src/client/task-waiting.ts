import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { isTaskSettled } from '../core/states.js';
import { Notifications } from '../persistence/notifications.js';
import { TaskStore, type AwaitedTask } from '../persistence/stores/task.store.js';
import { Gatherer } from './gatherer.js';
import { invalid, taskIdOf, taskNotFound, writeFailure } from './refusals.js';
import { TaskLookup } from './task-lookup.js';
import type { TaskView } from './views.js';

export interface WaitOptions {
  /** In milliseconds; 0 only looks. @default 30000 */
  timeoutMs?: number;
}

interface Waiter {
  taskId: string;
  resolve: (task: TaskView) => void;
  reject: (error: unknown) => void;
  timeout?: NodeJS.Timeout;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The longest that a timer of Node's can take. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;
/** A notification can be lost with its connection: look without one this often. */
const SWEEP_MS = 2_000;
/** A database that does not answer must not keep a waiter beyond its time for longer than this. */
const LAST_LOOK_MS = 1_000;
const STATEMENTS_IN_FLIGHT = 2;
const TASKS_PER_LOOK = 500;
const TASKS_PER_READ = 100;

/** Whoever waits for tasks to settle: one listener and one timer for all, however many they are. */
@Injectable()
export class TaskWaiting implements OnModuleDestroy {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly finishing = new Map<string, Promise<void>>();
  private stopListening: (() => void) | null = null;
  private sweep: NodeJS.Timeout | null = null;

  private readonly looks = new Gatherer<string, AwaitedTask | undefined>(
    async (taskIds) => inPlace(taskIds, await this.tasks.markAwaited([...new Set(taskIds)])),
    STATEMENTS_IN_FLIGHT,
    TASKS_PER_LOOK,
  );
  private readonly reads = new Gatherer<string, TaskView | undefined>(
    async (taskIds) => inPlace(taskIds, await this.lookup.getTasks([...new Set(taskIds)], ['steps'])),
    STATEMENTS_IN_FLIGHT,
    TASKS_PER_READ,
  );

  constructor(
    private readonly tasks: TaskStore,
    private readonly lookup: TaskLookup,
    private readonly notifications: Notifications,
  ) {}

  /** How many wait at present. */
  get size(): number {
    return [...this.waiters.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** @throws TaskerError what `TaskerClient.waitFor` says */
  async waitFor(id: string, { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
      const message = 'must be a number of milliseconds, 0 or more';
      throw invalid('request_invalid', 'The waiting time is not valid', [{ path: 'timeoutMs', message }]);
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { taskId, resolve, reject };
      // Listening comes first: what settles between the look and the listening would be missed.
      this.add(waiter);
      waiter.timeout = setTimeout(() => void this.expire(waiter, timeoutMs), Math.min(timeoutMs, LONGEST_TIMEOUT_MS));
      this.look(taskId).catch((error: unknown) => this.leave(waiter) && reject(writeFailure(error)));
    });
  }

  onModuleDestroy(): void {
    const error = new TaskerError('wait_timeout', 'Waiting ended because this process is shutting down.');
    for (const waiter of [...this.waiters.values()].flatMap((set) => [...set])) {
      if (this.leave(waiter)) waiter.reject(error);
    }
  }

  /** Ends the waiting for a task that has settled or does not exist; else sees to it that its end is announced. */
  private async look(taskId: string): Promise<void> {
    let found = await this.looks.ask(taskId);
    if (found && !found.marked) found = (await this.tasks.markAwaited([taskId])).get(taskId);
    if (!found) this.endAll(taskId, (waiter) => waiter.reject(taskNotFound(taskId)));
    else if (isTaskSettled(found.state)) await this.finish(taskId);
  }

  /** The worker of this process says it before the notification does: one read is under way at a time. */
  private finish(taskId: string): Promise<void> {
    if (!this.waiters.has(taskId)) return Promise.resolve();
    const underway = this.finishing.get(taskId);
    if (underway) return underway;
    const reading = this.read(taskId).finally(() => this.finishing.delete(taskId));
    this.finishing.set(taskId, reading);
    return reading;
  }

  private async read(taskId: string): Promise<void> {
    const task = await this.reads.ask(taskId);
    // It may have been revived since it was said to have settled.
    if (task && isTaskSettled(task.status)) this.endAll(taskId, (waiter) => waiter.resolve(task));
  }

  private async expire(waiter: Waiter, timeoutMs: number): Promise<void> {
    const found = await Promise.race([this.lastLook(waiter.taskId), delay(LAST_LOOK_MS, undefined, { ref: false })]);
    if (!this.leave(waiter)) return;
    const state = found ? `is ${found.state}` : 'is in a state that could not be read';
    waiter.reject(
      new TaskerError('wait_timeout', `Task ${waiter.taskId} ${state} after ${timeoutMs} ms; it goes on nevertheless.`),
    );
  }

  /** The end may have come without a word. */
  private async lastLook(taskId: string): Promise<AwaitedTask | undefined> {
    try {
      const found = await this.looks.ask(taskId);
      if (found && isTaskSettled(found.state)) await this.finish(taskId);
      return found;
    } catch {
      return undefined;
    }
  }

  private add(waiter: Waiter): void {
    const others = this.waiters.get(waiter.taskId);
    if (others) others.add(waiter);
    else this.waiters.set(waiter.taskId, new Set([waiter]));
    // A read that fails is made again by the sweep.
    this.stopListening ??= this.notifications.on('settled', (taskIds) => {
      for (const taskId of taskIds) this.finish(taskId).catch(() => undefined);
    });
    this.sweep ??= setInterval(() => {
      for (const taskId of this.waiters.keys()) this.look(taskId).catch(() => undefined);
    }, SWEEP_MS);
  }

  private endAll(taskId: string, end: (waiter: Waiter) => void): void {
    for (const waiter of [...(this.waiters.get(taskId) ?? [])]) if (this.leave(waiter)) end(waiter);
  }

  /** @returns whether it was still waiting */
  private leave(waiter: Waiter): boolean {
    const set = this.waiters.get(waiter.taskId);
    if (!set?.delete(waiter)) return false;
    clearTimeout(waiter.timeout);
    if (set.size === 0) this.waiters.delete(waiter.taskId);
    if (this.waiters.size === 0) this.rest();
    return true;
  }

  private rest(): void {
    this.stopListening?.();
    this.stopListening = null;
    clearInterval(this.sweep ?? undefined);
    this.sweep = null;
  }
}

const inPlace = <Found>(taskIds: string[], found: Map<string, Found>): PromiseSettledResult<Found | undefined>[] =>
  taskIds.map((taskId) => ({ status: 'fulfilled', value: found.get(taskId) }));
