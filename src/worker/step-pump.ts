import { Injectable, Logger } from '@nestjs/common';
import { PermanentError } from '../core/errors.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import { TaskMemories } from '../orchestration/task-memory.js';
import { Database } from '../persistence/database.js';
import { Notifications } from '../persistence/notifications.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { Advance } from '../persistence/stores/attempts.js';
import { isTransient } from '../persistence/transient.js';
import { EngineEvents } from './engine-events.js';
import { HandlerTable } from './handler-table.js';
import { Lane } from './lane.js';
import { Outcomes } from './outcomes.js';
import { RunningAttempts } from './running-attempts.js';
import { SettlementQueue, type Satisfaction } from './settlement-queue.js';
import { NO_ROOM, SlotBudget, type Room } from './slot-budget.js';
import { StepStarter } from './step-starter.js';

/** Two connections keep each other busy: one batch is written while the next one gathers. */
const LANES = 2;
const LARGEST_BATCH = 300;
/** About as long as another's claim takes. */
const LOOK_AGAIN_MS = 5;

/**
 * The hot path's driver: takes outcomes to the database in batches and brings steps back, over lanes that each have one
 * request in flight. A batch leaves as soon as a lane is free: small ones on an idle system, large ones under load.
 */
@Injectable()
export class StepPump {
  private readonly logger = new Logger('Tasker');
  private readonly lanes: Lane[];
  private workerId = 0;
  private state: 'stopped' | 'running' | 'draining' = 'stopped';
  /** Nothing is sent while true, so that what the worker holds can be compared with what the database says. */
  private held = false;
  /** The pool may hold steps for this worker. */
  private hint = false;
  private wakes = 0;
  /** A request in flight claims: another would only meet the rows that it has locked. */
  private claiming = false;
  private scheduled = false;
  private idle: (() => void)[] = [];
  private readonly underWay = new Set<Promise<void>>();
  /** When a request last came back, in milliseconds of the wall clock. */
  lastAnswerAt = 0;

  constructor(
    private readonly store: AttemptStore,
    private readonly queue: SettlementQueue,
    private readonly running: RunningAttempts,
    private readonly handlers: HandlerTable,
    private readonly starter: StepStarter,
    private readonly memories: TaskMemories,
    private readonly events: EngineEvents,
    private readonly notifications: Notifications,
    private readonly outcomes: Outcomes,
    private readonly slots: SlotBudget,
    database: Database,
  ) {
    this.lanes = Array.from({ length: LANES }, () => new Lane(database, () => this.onOutage()));
    outcomes.readBy({
      wake: () => this.poke(),
      absorb: (advance, attempt, json) => void this.absorbCommitted(advance, attempt, json),
    });
  }

  /** Called when a connection was lost with a request in flight. */
  onOutage: () => void = () => undefined;
  /** Called when failures, or late results, are queued. */
  onFailures: () => void = () => undefined;
  /** Called when the database says that this worker was taken for dead. */
  onLost: () => void = () => undefined;

  start(workerId: number): void {
    this.workerId = workerId;
    this.state = 'running';
    // registering was an answer of the database
    this.lastAnswerAt = Date.now();
    this.wake();
  }

  /** The pool may hold something new. */
  wake(): void {
    this.wakes++;
    this.hint = true;
    this.schedule();
  }

  /** Outcomes are queued, or slots have become free. */
  poke(): void {
    this.schedule();
  }

  /** Claims nothing more; outcomes are still written. */
  stopClaiming(): void {
    this.state = 'draining';
  }

  /** Resolves once the requests that are in flight now have come back: a claim among them brings steps yet. */
  async answered(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** Runs `work` while no request is in flight. */
  async whileQuiet(work: () => Promise<void>): Promise<void> {
    this.held = true;
    try {
      if (this.lanes.some(({ busy }) => busy)) await new Promise<void>((resolve) => this.idle.push(resolve));
      await work();
    } finally {
      this.held = false;
      this.schedule();
    }
  }

  async close(): Promise<void> {
    this.state = 'stopped';
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  /** Once per turn of the event loop, so that outcomes of the same turn leave together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.kick();
    });
  }

  private kick(): void {
    if (this.state === 'stopped' || this.held) return;
    // with every slot taken there is nothing to ask, which is as good as an answer
    if (this.slots.free() === 0 && !this.lanes.some(({ busy }) => busy)) this.lastAnswerAt = Date.now();
    if (this.queue.hasFailures) this.onFailures();
    for (const lane of this.lanes) {
      if (lane.busy) continue;
      if (!this.queue.hasSatisfied && !this.mayClaim()) return;
      lane.busy = true;
      const cycle = this.cycle(lane).finally(() => {
        lane.busy = false;
        this.underWay.delete(cycle);
        if (!this.lanes.some(({ busy }) => busy)) this.idle.splice(0).forEach((resolve) => resolve());
        this.schedule();
      });
      this.underWay.add(cycle);
    }
  }

  private mayClaim(): boolean {
    return this.hint && !this.claiming && this.state === 'running' && this.slots.free() > 0;
  }

  /** What others were taking when a claim came short may have hidden more, or come back: it looks again when they are through. */
  private poolSeemsEmpty(passedOver: boolean): void {
    this.hint = false;
    if (passedOver) setTimeout(() => this.wake(), LOOK_AGAIN_MS).unref();
  }

  private async cycle(lane: Lane): Promise<void> {
    const batch = this.queue.takeSatisfied(LARGEST_BATCH);
    const workerId = batch[0]?.attempt.workerId ?? this.workerId;
    const takesSteps = this.state === 'running' && workerId === this.workerId;
    const room = takesSteps ? this.slots.room(batch.length, this.hint && !this.claiming) : NO_ROOM;
    const { wakes } = this;
    let advance: Advance | null;
    try {
      advance = await this.request(lane, batch, workerId, room);
    } catch (error) {
      await this.onStatementError(lane, batch, error);
      return;
    }
    if (advance === null) {
      this.queue.putBackSatisfied(batch);
      await lane.pause();
      return;
    }
    this.lastAnswerAt = Date.now();
    if (advance.claimed < room.want && this.wakes === wakes) this.poolSeemsEmpty(advance.passedOver);
    if (!advance.live && workerId === this.workerId) this.onLost();
    await this.absorb(advance, batch, workerId);
  }

  private async request(lane: Lane, batch: Satisfaction[], workerId: number, room: Room): Promise<Advance | null> {
    const { handoff, want } = room;
    const settled = batch.map(toSettled);
    const { to, cause } = batch[0] ?? {};
    this.slots.promise(room);
    if (want > 0) this.claiming = true;
    try {
      return await lane.run((client) =>
        this.store.advance(client, { workerId, handlerIds: this.handlers.ids, settled, to, cause, handoff, want }),
      );
    } finally {
      this.slots.redeem(room);
      if (want > 0) this.claiming = false;
    }
  }

  private async absorb(advance: Advance, batch: Satisfaction[], workerId: number): Promise<void> {
    const accepted = advance.accepted === batch.length ? batch : await this.sortOut(batch, workerId);
    for (const { attempt, json, to, failure } of accepted) {
      this.memories.remember(attempt.memory, attempt.stepNo, to === 'complete' ? json : 'null');
      if (to === 'complete') this.events.stepCompleted(attempt, json);
      else this.events.stepSkipped(attempt, failure);
    }
    for (const { attempt } of batch) this.running.remove(attempt);
    if (workerId === this.workerId) this.starter.start(advance, workerId);
    if (advance.leftReady) {
      this.hint = true;
      this.notifications.announceReady();
    }
    if (advance.settledTasks.length > 0) {
      advance.settledTasks.forEach(({ taskId }) => this.memories.forget(taskId));
      await this.events.tasksSettled(advance.settledTasks);
    }
  }

  /** What the handler's own transaction has committed. */
  private async absorbCommitted(advance: Advance, attempt: LiveAttempt, json: string): Promise<void> {
    await this.absorb(
      advance,
      [{ attempt, json, to: 'complete', cause: 'succeeded', failure: null }],
      attempt.workerId,
    );
    this.wake();
  }

  /** Finds out which of a batch were refused. One that was accepted before, in an answer that got lost, counts as accepted. */
  private async sortOut(batch: Satisfaction[], workerId: number): Promise<Satisfaction[]> {
    const results = batch.map(({ attempt, json, failure }) => ({
      ...toKey(attempt),
      detail: failure ? { error: failure } : { results: JSON.parse(json) as unknown },
    }));
    for (;;) {
      try {
        const refused = await this.store.refuse(workerId, results, batch[0]!.cause);
        const keys = new Set(refused.map(({ taskId, stepNo }) => `${taskId} ${stepNo}`));
        return batch.filter(({ attempt }) => !keys.has(attempt.key));
      } catch (error) {
        if (!isTransient(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** One outcome that PostgreSQL cannot take must not hold up the others. */
  private async onStatementError(lane: Lane, batch: Satisfaction[], error: unknown): Promise<void> {
    if (isTransient(error) || batch.length === 0) {
      this.queue.putBackSatisfied(batch);
      if (!isTransient(error)) this.logger.error(`Claiming steps failed, trying again: ${String(error)}`);
      await lane.pause();
    } else if (batch.length > 1) {
      const middle = batch.length >> 1;
      this.queue.isolate([batch.slice(0, middle), batch.slice(middle)]);
    } else {
      this.rejectResult(batch[0]!, error);
    }
  }

  private rejectResult({ attempt }: Satisfaction, cause: unknown): void {
    const message = `The result cannot be stored: ${(cause as Error).message}`;
    this.outcomes.failed(attempt, new PermanentError(message, { errorCode: 'RESULT_NOT_STORABLE', cause }), 'failed');
  }
}

const toKey = ({ taskId, stepNo, attempt }: LiveAttempt) => ({ taskId, stepNo, attempt });
const toSettled = ({ attempt, json }: Satisfaction) => ({ ...toKey(attempt), json });
