import { LONGEST_TIMER_MS, type Clock, type Timer } from '../../core/clock.js';

/** The machine's time, moved on by what has been let pass. */
export class VirtualClock implements Clock {
  private shiftMs = 0;
  private readonly timers = new Set<VirtualTimer>();

  now(): number {
    return Date.now() + this.shiftMs;
  }

  ticks(): number {
    return performance.now() + this.shiftMs;
  }

  setTimer(call: () => void, ms: number): Timer {
    const timer = new VirtualTimer(call, this.ticks() + ms, this.timers);
    timer.arm(this.ticks());
    return timer;
  }

  /** Milliseconds until the next timer calls; null if none will. */
  get nextInMs(): number | null {
    if (this.timers.size === 0) return null;
    return Math.min(...[...this.timers].map(({ dueAt }) => dueAt)) - this.ticks();
  }

  /** @param shiftMs - how far it is ahead of the machine's from now on; timers whose time has come call in its order */
  jumpTo(shiftMs: number): void {
    this.shiftMs = shiftMs;
    const timers = [...this.timers].sort((a, b) => a.dueAt - b.dueAt);
    for (const timer of timers) {
      if (timer.dueAt <= this.ticks()) timer.fire();
      else timer.arm(this.ticks());
    }
  }
}

class VirtualTimer implements Timer {
  private real: NodeJS.Timeout | undefined;

  /** @param dueAt - in ticks of the clock */
  constructor(
    private readonly call: () => void,
    readonly dueAt: number,
    private readonly among: Set<VirtualTimer>,
  ) {
    among.add(this);
  }

  arm(ticks: number): void {
    clearTimeout(this.real);
    this.real = setTimeout(() => this.fire(), Math.min(this.dueAt - ticks, LONGEST_TIMER_MS));
  }

  /** An earlier one may have closed it. */
  fire(): void {
    if (!this.among.has(this)) return;
    this.close();
    this.call();
  }

  close(): void {
    clearTimeout(this.real);
    this.among.delete(this);
  }
}
