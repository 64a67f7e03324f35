import { DURATION_UNITS, secondsOf } from '../../core/duration.js';
import type { Bell } from './bell.js';
import type { Timeline } from './timeline.js';

/** Real time in which attempts may come to an end before the time is moved past them, in milliseconds. */
const PATIENCE_MS = 100;
/** Something may have happened that rings no bell. */
const LOOK_AGAIN_MS = 10;
/** Times are kept in microseconds, and moved in milliseconds. */
const BEYOND_MS = 1;

/** A span of time: milliseconds, or a number with its unit such as `90s`, `2h` or `1d`. */
export type Duration = number | string;

/**
 * The time of a test module: that of its database, its timers and its events. Nothing but a test moves it on; the process's
 * own `Date` stays as it is.
 */
export class Time {
  private skipping: Promise<boolean> | null = null;

  /** @param isVirtual - false where only the machine moves the time */
  constructor(
    private readonly timeline: Timeline,
    private readonly bell: Bell,
    readonly isVirtual: boolean,
  ) {}

  now(): Date {
    return new Date(this.timeline.clock.now());
  }

  /**
   * Lets so much time pass at once. On the way everything happens when it is due: retries, `run_at`, timeouts of running
   * attempts, ends of terms. Attempts that run meanwhile get a moment to finish before time goes on without them.
   *
   * @throws TypeError for what is no duration, and where the module lives by real time
   */
  async advance(by: Duration): Promise<void> {
    const ms = millisecondsOf(by);
    if (!this.isVirtual)
      throw new TypeError(`This module lives by real time: leave out \`time: 'real'\` to move it on.`);
    const end = this.timeline.clock.ticks() + ms;
    for (;;) {
      await this.settle();
      const left = end - this.timeline.clock.ticks();
      const { nextInMs } = await this.timeline.outlook();
      if (nextInMs === null || nextInMs > left) break;
      await this.timeline.moveOn(Math.ceil(nextInMs) + BEYOND_MS);
    }
    await this.timeline.moveOn(Math.ceil(end - this.timeline.clock.ticks()));
    await this.settle();
  }

  /** Lets the time pass until then; a time that is past is no reason to wait. */
  async advanceTo(at: Date): Promise<void> {
    await this.advance(Math.max(0, at.getTime() - this.timeline.clock.now()));
  }

  /** While `outcome` is waited for: moves on to whatever is due next as soon as nothing runs and nothing can be claimed. */
  async passUntil<T>(outcome: Promise<T>): Promise<T> {
    if (!this.isVirtual) return outcome;
    let waiting = true;
    const heard = outcome.finally(() => {
      waiting = false;
      this.bell.ring();
    });
    const [result] = await Promise.all([heard, this.drive(() => waiting)]);
    return result;
  }

  private async drive(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      // all who wait share one look
      this.skipping ??= this.skip().finally(() => (this.skipping = null));
      if (!(await this.skipping) && goesOn()) await this.bell.heard(LOOK_AGAIN_MS);
    }
  }

  /** @returns whether the time was moved on */
  private async skip(): Promise<boolean> {
    if (this.timeline.busy) return false;
    const { running, claimable, nextInMs } = await this.timeline.outlook();
    if (claimable && !this.timeline.busy) await this.timeline.catchUp();
    if (running || claimable || nextInMs === null || this.timeline.busy) return false;
    await this.timeline.moveOn(Math.ceil(nextInMs) + BEYOND_MS);
    return true;
  }

  /** Resolves once all that is due is done, or what still runs has had its moment. */
  private async settle(): Promise<void> {
    const patience = performance.now() + PATIENCE_MS;
    for (;;) {
      if (!this.timeline.busy) {
        const { running, claimable } = await this.timeline.outlook();
        if (!running && !claimable && !this.timeline.busy) return;
      }
      const left = patience - performance.now();
      if (left <= 0) return this.timeline.letLast();
      await this.bell.heard(Math.min(left, LOOK_AGAIN_MS));
    }
  }
}

/** @throws TypeError */
function millisecondsOf(by: Duration): number {
  const ms = typeof by === 'number' ? by : (secondsOf(by) ?? NaN) * 1000;
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new TypeError(
    `${JSON.stringify(by) ?? String(by)} is no duration: give milliseconds, or a number and its unit (${DURATION_UNITS}) such as "2h".`,
  );
}
