import { SettlementQueue, type Satisfaction } from './settlement-queue.js';

const item = (n: number, changes: Partial<Satisfaction> = {}, workerId = 1): Satisfaction =>
  ({
    attempt: { stepNo: n, workerId },
    json: 'null',
    to: 'complete',
    cause: 'succeeded',
    failure: null,
    ...changes,
  }) as Satisfaction;

const taken = (items: Satisfaction[]): number[] => items.map(({ attempt }) => attempt.stepNo);

describe('SettlementQueue', () => {
  it('gives outcomes in the order in which they came, as many as are asked for', () => {
    const queue = new SettlementQueue();
    [1, 2, 3].forEach((n) => queue.satisfy(item(n)));

    expect(taken(queue.takeSatisfied(2))).toEqual([1, 2]);
    expect(taken(queue.takeSatisfied(2))).toEqual([3]);
    expect(queue.takeSatisfied(2)).toEqual([]);
    expect(queue.hasSatisfied).toBe(false);
  });

  it('gives together only what one statement can take: one state, one cause, one worker', () => {
    const queue = new SettlementQueue();
    queue.satisfy(item(1));
    queue.satisfy(item(2));
    queue.satisfy(item(3, { to: 'skipped', cause: 'failed' }));
    queue.satisfy(item(4, { to: 'skipped', cause: 'timed_out' }));
    queue.satisfy(item(5));
    queue.satisfy(item(6, {}, 2));

    const batches = [];
    while (queue.hasSatisfied) batches.push(taken(queue.takeSatisfied(10)));
    expect(batches).toEqual([[1, 2], [3], [4], [5], [6]]);
  });

  it('gives first what could not be written', () => {
    const queue = new SettlementQueue();
    [1, 2, 3].forEach((n) => queue.satisfy(item(n)));
    queue.putBackSatisfied(queue.takeSatisfied(2));

    expect(taken(queue.takeSatisfied(10))).toEqual([1, 2, 3]);
  });

  it('gives isolated batches one by one, before all others', () => {
    const queue = new SettlementQueue();
    queue.satisfy(item(5));
    queue.isolate([[item(1), item(2)], [item(3)]]);

    expect([1, 2, 3].map(() => taken(queue.takeSatisfied(10)))).toEqual([[1, 2], [3], [5]]);
  });
});
