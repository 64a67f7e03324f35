import fc from 'fast-check';
import { IdSource, contentHash, isUuid, stepId, stepNoOf } from './identity.js';

describe('IdSource', () => {
  it('makes UUIDs of version 7 that sort in the order of their making', () => {
    const source = new IdSource();
    const ids = Array.from({ length: 5_000 }, () => source.next());

    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids.slice(0, 50))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('stepId', () => {
  const tasks = fc.uuid({ version: 7 });
  const numbers = fc.integer({ min: 0, max: 32_766 });

  it('leads back to the number of the step', () => {
    fc.assert(fc.property(tasks, numbers, (task, stepNo) => expect(stepNoOf(task, stepId(task, stepNo))).toBe(stepNo)));
  });

  it('is a UUID, and not that of the task', () => {
    fc.assert(
      fc.property(tasks, numbers, (task, stepNo) => {
        const id = stepId(task, stepNo);
        expect(isUuid(id)).toBe(true);
        expect(id).not.toBe(task);
      }),
    );
  });

  it('is another for every step of a task', () => {
    const task = new IdSource().next();
    const ids = Array.from({ length: 10_000 }, (_, stepNo) => stepId(task, stepNo));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of another task is none of this one', () => {
    const source = new IdSource();
    expect(stepNoOf(source.next(), stepId(source.next(), 3))).toBeNull();
  });

  it('is read in capital letters too', () => {
    const task = new IdSource().next();
    expect(stepNoOf(task, stepId(task, 9).toUpperCase())).toBe(9);
  });
});

describe('isUuid', () => {
  it.each([
    '',
    'x',
    '01890a5d-ac96-774b-bcce-b302099a8057 ',
    "01890a5d-ac96-774b-bcce-b302099a805'",
    '01890a5dac96774bbcceb302099a8057',
  ])('refuses %p', (text) => {
    expect(isUuid(text)).toBe(false);
  });
});

describe('contentHash', () => {
  it('does not see the order of keys, and sees everything else', () => {
    expect(contentHash({ a: 1, b: { c: [1, 2], d: null } })).toBe(contentHash({ b: { d: null, c: [1, 2] }, a: 1 }));
    const hashes = [{ a: [1, 2] }, { a: [2, 1] }, { a: '1' }, { a: 1 }, { a: null }, {}].map(contentHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
