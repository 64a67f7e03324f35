import { Injectable, Logger } from '@nestjs/common';
import { Notifications } from '../persistence/notifications.js';
import { AuditStore } from '../persistence/stores/audit.store.js';
import { SafeHorizon } from './safe-horizon.js';

/** Who reads the audit on as it grows. */
export interface AuditFollower {
  /** It may be read up to here. */
  grown(position: number): void;
  /** The server has lost what was not on disk: what is known of the audit is to be forgotten. */
  restarted(): void;
}

/** After a hint: what it tells of is on its way to the disk; and so long after the last look, however many hints come. */
const SOON_MS = { hint: 5, look: 25 };
/** Between two looks while the audit grows, and the longest time between two. */
const LOOK_MS = { shortest: 40, longest: 1_000, growth: 1.5 };
/** Rows that may come before the index is told of them: reading on looks through all of these. */
const ROWS_PER_SUMMARY = 50_000;

/**
 * Looks how far the audit may be read, while anybody in this process wants to know: once for all of them, soon after a
 * hint, and at least once a second. A look writes nothing.
 */
@Injectable()
export class AuditWatch {
  private readonly logger = new Logger('tasker.delivery');
  private readonly followers = new Set<AuditFollower>();
  private readonly horizon = new SafeHorizon();
  private highest = 0;
  private timer: NodeJS.Timeout | null = null;
  private timerAt = 0;
  private lookedAt = 0;
  private looking: Promise<void> | null = null;
  private lastLook: Promise<unknown> = Promise.resolve();
  private hinted = false;
  private waitMs = LOOK_MS.longest;
  private summarizedAt: number | null = null;
  private summarizing: Promise<void> | null = null;
  private isFailing = false;
  private stopHints: (() => void)[] = [];

  constructor(
    private readonly audit: AuditStore,
    private readonly notifications: Notifications,
  ) {}

  /** Up to where the audit may be read. */
  get position(): number {
    return this.horizon.position;
  }

  /** The highest number that any row was seen to have, whether it may be read or not. */
  get drawn(): number {
    return this.highest;
  }

  /** @returns stops the following */
  follow(follower: AuditFollower): () => void {
    this.followers.add(follower);
    if (this.followers.size === 1) this.begin();
    return () => {
      if (this.followers.delete(follower) && this.followers.size === 0) this.rest();
    };
  }

  /** Something may have been written. */
  wake(): void {
    this.waitMs = LOOK_MS.shortest;
    if (this.looking) this.hinted = true;
    else if (this.followers.size > 0) this.schedule(this.soonMs());
  }

  /**
   * How far the audit may be read at this moment or later.
   *
   * @throws Error if the database does not answer
   */
  look(): Promise<number> {
    // One after the other: what is asked later must be taken later.
    const look = this.lastLook.then(() => this.ask());
    this.lastLook = look.catch(() => undefined);
    return look;
  }

  async stop(): Promise<void> {
    this.followers.clear();
    this.rest();
    await this.looking;
    await this.summarizing;
  }

  private async ask(): Promise<number> {
    const horizon = await this.audit.horizon(this.horizon.position);
    const before = this.horizon.position;
    this.highest = horizon.position;
    const isSame = this.horizon.take(horizon);
    if (!isSame) for (const follower of [...this.followers]) follower.restarted();
    if (this.horizon.position > before || !isSame) {
      for (const follower of [...this.followers]) follower.grown(this.horizon.position);
    }
    return this.horizon.position;
  }

  private begin(): void {
    const wake = (): void => this.wake();
    this.stopHints = [this.notifications.on('ready', wake), this.notifications.on('settled', wake)];
    this.wake();
  }

  private rest(): void {
    for (const stop of this.stopHints.splice(0)) stop();
    clearTimeout(this.timer ?? undefined);
    this.timer = null;
  }

  private soonMs(): number {
    return Math.max(SOON_MS.hint, this.lookedAt + SOON_MS.look - Date.now());
  }

  /** Hints put it forward, never off. */
  private schedule(ms: number): void {
    const at = Date.now() + ms;
    if (this.timer && this.timerAt <= at) return;
    clearTimeout(this.timer ?? undefined);
    this.timerAt = at;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.looking = this.turn().finally(() => {
        this.looking = null;
        this.lookedAt = Date.now();
        if (this.followers.size > 0) this.schedule(this.hinted ? this.soonMs() : this.waitMs);
        this.hinted = false;
      });
    }, ms);
    this.timer.unref();
  }

  /** Never rejects. */
  private async turn(): Promise<void> {
    const before = this.horizon.position;
    try {
      const position = await this.look();
      const isMoving = position > before || this.horizon.isWaiting;
      this.waitMs = isMoving ? LOOK_MS.shortest : Math.min(this.waitMs * LOOK_MS.growth, LOOK_MS.longest);
      this.summarize(position);
      if (this.isFailing) this.logger.log('The audit can be read again.');
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn(`The audit cannot be read, trying again: ${String(error)}`);
      this.isFailing = true;
      this.waitMs = LOOK_MS.longest;
    }
  }

  /** It may take a while where there is much that no index knows. */
  private summarize(position: number): void {
    if (this.summarizedAt !== null && position - this.summarizedAt < ROWS_PER_SUMMARY) return;
    this.summarizedAt = position;
    this.summarizing ??= this.audit
      .summarize()
      .catch((error: unknown) => this.logger.warn(`The audit's index cannot be brought up to date: ${String(error)}`))
      .finally(() => (this.summarizing = null));
  }
}
