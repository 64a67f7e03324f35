import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { spanIdOfAttempt } from './preset-ids.js';

const place = fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 32_767 }));

describe('the span id of an attempt', () => {
  it('is a span id, and no other attempt of its task has it', () => {
    fc.assert(
      fc.property(place, place, ([step, attempt], [otherStep, otherAttempt]) => {
        const taskId = uuidv7();
        const id = spanIdOfAttempt(taskId, step, attempt);
        expect(id).toMatch(/^(?!0{16})[\da-f]{16}$/);
        const isSame = step === otherStep && attempt === otherAttempt;
        expect(spanIdOfAttempt(taskId, otherStep, otherAttempt) === id).toBe(isSame);
      }),
    );
  });

  it('differs between tasks, however many are made at once', () => {
    const ids = Array.from({ length: 10_000 }, () => spanIdOfAttempt(uuidv7(), 0, 1));
    expect(new Set(ids).size).toBe(10_000);
  });
});
