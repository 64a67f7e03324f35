import { SlotBudget } from './slot-budget.js';

const budget = (slots: number, size: number): SlotBudget =>
  new SlotBudget({ size } as never, { worker: { slots } } as never);

describe('SlotBudget', () => {
  it('gives all free slots to the pool, and those of the batch to dependents', () => {
    expect(budget(100, 40).room(40, true)).toEqual({ free: 60, want: 60, handoff: 40 });
  });

  it('gives everything to dependents where the pool is not asked', () => {
    expect(budget(100, 40).room(40, false)).toEqual({ free: 60, want: 0, handoff: 100 });
  });

  it('offers the pool one slot in eight of a full worker, so that chains do not starve it', () => {
    expect(budget(100, 100).room(80, true)).toEqual({ free: 0, want: 10, handoff: 70 });
  });

  it('lets batches of one hand off, and gives every eighth to the pool', () => {
    const slots = budget(10, 10);
    const wants = Array.from({ length: 16 }, () => slots.room(1, true).want);
    expect(wants).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('does not promise a free slot twice', () => {
    const slots = budget(100, 0);
    const room = slots.room(0, true);
    slots.promise(room);
    expect(slots.free()).toBe(0);
    slots.redeem(room);
    expect(slots.free()).toBe(100);
  });
});
