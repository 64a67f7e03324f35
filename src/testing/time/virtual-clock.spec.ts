import fc from 'fast-check';
import { VirtualClock } from './virtual-clock.js';

const HOUR = 3_600_000;

describe('VirtualClock', () => {
  it('is the machine’s until it is moved on, and as far ahead as it was moved from then on', () => {
    const clock = new VirtualClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
    const before = clock.ticks();
    clock.jumpTo(2 * HOUR);
    expect(Math.abs(clock.now() - Date.now() - 2 * HOUR)).toBeLessThan(50);
    expect(clock.ticks() - before).toBeGreaterThanOrEqual(2 * HOUR);
  });

  it('calls timers whose time has come, in the order of their times', () => {
    const clock = new VirtualClock();
    const called: number[] = [];
    for (const hours of [3, 1, 2, 5]) clock.setTimer(() => called.push(hours), hours * HOUR);
    clock.jumpTo(4 * HOUR);
    expect(called).toEqual([1, 2, 3]);
    expect(clock.nextInMs).toBeGreaterThan(HOUR - 1_000);
    expect(clock.nextInMs).toBeLessThanOrEqual(HOUR);
    clock.jumpTo(5 * HOUR);
    expect(called).toEqual([1, 2, 3, 5]);
    expect(clock.nextInMs).toBeNull();
  });

  it('calls no timer that was closed, by an earlier one either', () => {
    const clock = new VirtualClock();
    const called: string[] = [];
    const later = clock.setTimer(() => called.push('later'), 2 * HOUR);
    clock.setTimer(() => {
      called.push('first');
      later.close();
    }, HOUR);
    clock.setTimer(() => called.push('never'), HOUR).close();
    clock.jumpTo(3 * HOUR);
    expect(called).toEqual(['first']);
  });

  it('lets timers come by themselves, sooner by what was skipped', async () => {
    const clock = new VirtualClock();
    const begun = performance.now();
    const called = new Promise<void>((resolve) => clock.setTimer(resolve, HOUR + 20));
    clock.jumpTo(HOUR);
    await called;
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(clock.nextInMs).toBeNull();
  });

  it('calls each timer once, whatever the jumps', () => {
    const ms = fc.integer({ min: 1, max: 100 }).map((hours) => hours * HOUR);
    fc.assert(
      fc.property(fc.array(ms, { maxLength: 20 }), fc.array(ms, { maxLength: 10 }), (timers, jumps) => {
        const clock = new VirtualClock();
        const called = timers.map(() => 0);
        const set = timers.map((due, n) => clock.setTimer(() => called[n]!++, due));
        let at = 0;
        for (const jump of jumps) clock.jumpTo((at += jump));
        expect(called).toEqual(timers.map((due) => (due <= at ? 1 : 0)));
        set.forEach((timer) => timer.close());
      }),
    );
  });
});
