/** Token of the Clock in force. */
export const CLOCK = Symbol('CLOCK');

/** The time that the engine lives by: the machine's, but for tests that let hours pass at once. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only ever grow, to measure how long something took. */
  ticks(): number;
  /** Calls once, after so many milliseconds or, where they are more, after the longest time that a timer can take. */
  setTimer(call: () => void, ms: number): Timer;
}

export interface Timer {
  /** Ends it; it does not call any more. */
  close(): unknown;
}

/** setTimeout fires at once beyond this. */
export const LONGEST_TIMER_MS = 2_147_483_647;

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  setTimer: (call, ms) => setTimeout(call, Math.min(ms, LONGEST_TIMER_MS)),
};

/** A point in time by two clocks: the wall clock may be set, and the other one stands still while the machine sleeps. */
export interface Moment {
  ticks: number;
  wall: number;
}

export const moment = (): Moment => ({ ticks: performance.now(), wall: Date.now() });

/** Milliseconds since then, by the clock that has gone further. */
export const elapsedMs = ({ ticks, wall }: Moment): number => Math.max(performance.now() - ticks, Date.now() - wall);
