import fc from 'fast-check';
import { Lanes } from './lanes.js';
import { OpenRows } from './open-rows.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Lanes', () => {
  it('run the items of a key one after the other and in order, so many keys at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.nat(5), turns: fc.nat(3) }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        async (items, width) => {
          const running = new Set<string>();
          const done: Record<string, number[]> = {};
          let most = 0;
          const lanes = new Lanes<number>(width, async (key, n) => {
            expect(running.has(key)).toBe(false);
            running.add(key);
            most = Math.max(most, running.size);
            for (let left = items[n]!.turns; left > 0; left--) await turn();
            running.delete(key);
            (done[key] ??= []).push(n);
          });
          items.forEach(({ key }, n) => lanes.push(String(key), n));
          while (lanes.size > 0) await turn();
          expect(most).toBeLessThanOrEqual(width);
          for (const key of new Set(items.map((item) => String(item.key)))) {
            expect(done[key]).toEqual(items.flatMap((item, n) => (String(item.key) === key ? [n] : [])));
          }
        },
      ),
    );
  });

  it('give back what has not begun', async () => {
    const done: number[] = [];
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const lanes = new Lanes<number>(1, async (_key, n) => {
      await gate;
      done.push(n);
    });
    [1, 2, 3].forEach((n) => lanes.push('a', n));
    lanes.push('b', 4);
    expect(lanes.recall('a')).toEqual([2, 3]);
    expect(lanes.size).toBe(2);
    lanes.push('a', 5);
    go();
    while (lanes.size > 0) await turn();
    expect(done.sort()).toEqual([1, 4, 5]);
  });
});

describe('OpenRows', () => {
  it('know up to where nothing is under way', () => {
    const rows = new OpenRows(3);
    expect(rows.floor).toBe(3);
    for (const row of [4, 4, 6]) rows.open(row);
    rows.readUpto = 9;
    expect(rows.floor).toBe(3);
    rows.close(6);
    rows.close(4);
    expect(rows.floor).toBe(3);
    rows.close(4);
    expect(rows.floor).toBe(9);
  });
});
