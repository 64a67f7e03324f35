import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { RunningAttempts } from './running-attempts.js';

const LARGEST_CLAIM = 200;
/** Of the slots that a batch frees, one in this many is offered to the pool, so that chains do not starve what waits there. */
const POOL_SHARE = 8;

/** Slots that a request may fill: those free now, and how many of all go to dependents and to other steps. */
export interface Room {
  free: number;
  handoff: number;
  want: number;
}

export const NO_ROOM: Room = { free: 0, handoff: 0, want: 0 };

/** Shares the worker's slots out among requests in flight, dependents and the pool. */
@Injectable()
export class SlotBudget {
  /** To requests in flight. */
  private promised = 0;
  /** What the pool has coming, in parts of a slot too. */
  private owedToPool = 0;

  constructor(
    private readonly running: RunningAttempts,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'worker'>,
  ) {}

  free(): number {
    return Math.max(0, this.config.worker.slots - this.running.size - this.promised);
  }

  /**
   * What a request may bring back: slots that are free now are promised to it, those of its batch become free with it.
   *
   * @param batch - how many attempts it settles
   * @param claims - whether it asks the pool for steps
   */
  room(batch: number, claims: boolean): Room {
    const free = this.free();
    const want = claims ? Math.min(LARGEST_CLAIM, Math.max(free, this.poolShare(batch))) : 0;
    return { free, handoff: free + batch - want, want };
  }

  promise({ free }: Room): void {
    this.promised += free;
  }

  /** The request is back: its steps, if any, take their slots themselves. */
  redeem({ free }: Room): void {
    this.promised -= free;
  }

  /** The pool's part of the slots that a batch frees; what is less than a slot is kept for the next batch. */
  private poolShare(batch: number): number {
    this.owedToPool += batch / POOL_SHARE;
    const share = Math.min(batch, Math.floor(this.owedToPool));
    this.owedToPool -= share;
    return share;
  }
}
