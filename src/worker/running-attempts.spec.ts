import type { LiveAttempt } from '../orchestration/live-attempt.js';
import { RunningAttempts } from './running-attempts.js';

const key = (stepNo: number, attempt = 1) => ({ taskId: 't', stepNo, attempt });

function live(stepNo: number, attempt = 1) {
  const reasons: Error[] = [];
  const one = {
    ...key(stepNo, attempt),
    ended: false,
    end() {
      this.ended = true;
    },
    abort: (reason: Error) => void reasons.push(reason),
  };
  return { one: one as unknown as LiveAttempt, reasons };
}

describe('RunningAttempts', () => {
  it('counts what runs and what is being prepared, each once', () => {
    const running = new RunningAttempts();
    running.prepare({ ...key(1) } as never);
    running.add(live(2).one);
    expect(running.size).toBe(2);

    running.add(live(1).one);
    expect(running.size).toBe(2);
    expect(
      running
        .keys()
        .map(({ stepNo }) => stepNo)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('does not remove a later attempt of the same step for an earlier one', () => {
    const running = new RunningAttempts();
    running.add(live(1, 2).one);
    running.remove(key(1, 1));
    expect(running.size).toBe(1);

    running.remove(key(1, 2));
    expect(running.size).toBe(0);
  });

  it('abandons an attempt: it has ended, its handler is told, its slot is free', () => {
    const running = new RunningAttempts();
    const { one, reasons } = live(1);
    running.add(one);

    running.abandon([key(1)], 'taken away');

    expect(one.ended).toBe(true);
    expect(reasons).toEqual([expect.objectContaining({ name: 'AbortError', message: 'taken away' })]);
    expect(running.size).toBe(0);
  });

  it('does not abandon another attempt of the same step', () => {
    const running = new RunningAttempts();
    const { one, reasons } = live(1, 2);
    running.add(one);

    running.abandon([key(1, 1)], 'taken away');

    expect([one.ended, reasons, running.size]).toEqual([false, [], 1]);
  });

  it('says when it is empty, or that the time is over', async () => {
    const running = new RunningAttempts();
    await running.whenEmpty(0);
    running.add(live(1).one);
    const emptied = running.whenEmpty(60_000);
    running.remove(key(1));
    await emptied;

    running.add(live(2).one);
    await running.whenEmpty(1);
    expect(running.size).toBe(1);
  });
});
