import { AsyncResource } from 'node:async_hooks';
import { Injectable, Logger } from '@nestjs/common';
import { PermanentError } from '../core/errors.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import { TaskMemories } from '../orchestration/task-memory.js';
import { EngineMetrics } from '../metrics/engine-metrics.js';
import { Database } from '../persistence/database.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { Advance } from '../persistence/stores/attempts.js';
import { isTransient } from '../persistence/transient.js';
import { Aftermath } from './aftermath.js';
import { CircuitProber } from './circuits/circuit-prober.js';
import { EngineEvents } from './engine-events.js';
import { HandlerTable } from './handler-table.js';
import { Lane } from './lane.js';
import { Outcomes } from './outcomes.js';
import { PoolHint, type Ground } from './pool-hint.js';
import { SettlementQueue, type Satisfaction } from './settlement-queue.js';
import { NO_ROOM, SlotBudget, type Room } from './slot-budget.js';

/** Two connections keep each other busy: one batch is written while the next one gathers. */
const LANES = 2;
const LARGEST_BATCH = 300;
/** About as long as another's claim takes. */
const LOOK_AGAIN_MS = 5;
const ONE_STEP: Room = { free: 1, handoff: 0, want: 1 };

/**
 * The hot path's driver: takes outcomes to the database in batches and brings steps back, over lanes that each have one
 * request in flight. A batch leaves as soon as a lane is free: small ones on an idle system, large ones under load.
 */
@Injectable()
export class StepPump {
  private readonly logger = new Logger('tasker.worker');
  private readonly lanes: Lane[];
  private workerId = 0;
  private state: 'stopped' | 'running' | 'draining' = 'stopped';
  /** Nothing is sent while true, so that what the worker holds can be compared with what the database says. */
  private held = false;
  private readonly hint = new PoolHint();
  /** A request in flight claims: another would only meet the rows that it has locked. */
  private claiming = false;
  private scheduled = false;
  /** A request or a handler may have given the hint; what follows from it is not done for it. */
  private readonly apart = new AsyncResource('tasker.StepPump');
  private idle: (() => void)[] = [];
  private readonly underWay = new Set<Promise<void>>();
  /** When a request last came back, in milliseconds of the wall clock. */
  lastAnswerAt = 0;

  constructor(
    private readonly store: AttemptStore,
    private readonly queue: SettlementQueue,
    private readonly handlers: HandlerTable,
    private readonly memories: TaskMemories,
    private readonly events: EngineEvents,
    private readonly outcomes: Outcomes,
    private readonly slots: SlotBudget,
    private readonly circuits: CircuitProber,
    private readonly aftermath: Aftermath,
    private readonly metrics: EngineMetrics,
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
    this.hint.wake();
    this.schedule();
  }

  /** Outcomes are queued, or slots have become free. */
  poke(): void {
    this.schedule();
  }

  /** What is remembered of these tasks is out of date. */
  forget(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.memories.forget(taskId);
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
    this.apart.runInAsyncScope(setImmediate, null, () => {
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
      const probes = this.mayProbe();
      if (!probes && !this.queue.hasSatisfied && !this.mayClaim('own') && this.isolatedWant() === 0) return;
      lane.busy = true;
      const cycle = (probes ? this.probe(lane) : this.cycle(lane)).finally(() => {
        lane.busy = false;
        this.underWay.delete(cycle);
        if (!this.lanes.some(({ busy }) => busy)) this.idle.splice(0).forEach((resolve) => resolve());
        this.schedule();
      });
      this.underWay.add(cycle);
    }
  }

  private mayClaim(ground: Ground): boolean {
    return this.hint.isRaised(ground) && !this.claiming && this.state === 'running' && this.slots.free() > 0;
  }

  private mayProbe(): boolean {
    return this.circuits.hasDue && !this.claiming && this.state === 'running' && this.slots.free() > 0;
  }

  /** Steps for other threads are claimed apart: never more than can begin there. */
  private isolatedWant(): number {
    return this.mayClaim('isolated') ? Math.min(this.slots.free(), this.handlers.isolatedRoom) : 0;
  }

  private async cycle(lane: Lane): Promise<void> {
    const isolated = this.isolatedWant();
    const batch = isolated > 0 ? [] : this.queue.takeSatisfied(LARGEST_BATCH);
    const workerId = batch[0]?.attempt.workerId ?? this.workerId;
    const takesSteps = this.state === 'running' && workerId === this.workerId;
    const room =
      isolated > 0
        ? { free: isolated, handoff: 0, want: isolated }
        : takesSteps
          ? this.slots.room(batch.length, this.hint.isRaised('own') && !this.claiming)
          : NO_ROOM;
    const handlerIds = this.circuits.passable(isolated > 0 ? this.handlers.isolatedIds : this.handlers.ids);
    const { wakes } = this.hint;
    let advance: Advance | null;
    try {
      advance = await this.request(lane, batch, workerId, room, handlerIds);
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
    const seemsEmpty = advance.claimed < room.want && this.hint.lower(isolated > 0 ? 'isolated' : 'own', wakes);
    // what others were taking may have hidden more, or come back: it looks again when they are through
    if (seemsEmpty && advance.passedOver) setTimeout(() => this.wake(), LOOK_AGAIN_MS).unref();
    if (!advance.live && workerId === this.workerId) this.onLost();
    await this.absorb(advance, batch, workerId);
  }

  /** Claims the one step that tries a system whose circuit is open. */
  private async probe(lane: Lane): Promise<void> {
    const { workerId } = this;
    this.slots.promise(ONE_STEP);
    this.claiming = true;
    let advance: Advance | null;
    try {
      advance = await lane.run((client) => this.circuits.probe(client, workerId));
    } catch (error) {
      return await this.onStatementError(lane, [], error);
    } finally {
      this.slots.redeem(ONE_STEP);
      this.claiming = false;
    }
    if (advance === null) return await lane.pause();
    this.lastAnswerAt = Date.now();
    await this.absorb(advance, [], workerId);
  }

  private async request(
    lane: Lane,
    batch: Satisfaction[],
    workerId: number,
    room: Room,
    handlerIds: readonly number[],
  ): Promise<Advance | null> {
    const { handoff, want } = room;
    const settled = batch.map(toSettled);
    const { to, cause } = batch[0] ?? {};
    const telling = this.events.telling(batch);
    this.slots.promise(room);
    if (want > 0) this.claiming = true;
    const sentAt = performance.now();
    try {
      const advance = await lane.run((client) =>
        this.store.advance(client, { workerId, handlerIds, settled, to, cause, handoff, want, telling }),
      );
      if (want > 0 && advance !== null) this.metrics.claimed((performance.now() - sentAt) / 1000);
      return advance;
    } finally {
      this.slots.redeem(room);
      if (want > 0) this.claiming = false;
    }
  }

  private async absorb(advance: Advance, batch: Satisfaction[], workerId: number): Promise<void> {
    if (advance.leftReady) this.hint.raise();
    await this.aftermath.absorb(advance, batch, workerId, workerId === this.workerId);
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

  /** One outcome that PostgreSQL cannot take must not hold up the others. */
  private async onStatementError(lane: Lane, batch: Satisfaction[], error: unknown): Promise<void> {
    if (isTransient(error) || batch.length === 0) {
      this.queue.putBackSatisfied(batch);
      if (!isTransient(error)) this.logger.error('Claiming steps failed, trying again', error);
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
const toSettled = ({ attempt, json, to }: Satisfaction) => ({
  ...toKey(attempt),
  json: to === 'complete' ? attempt.memory.sealed(attempt.stepNo, json) : json,
});
