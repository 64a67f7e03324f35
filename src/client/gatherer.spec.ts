import { Gatherer } from './gatherer.js';

const fulfilled = <T>(value: T): PromiseSettledResult<T> => ({ status: 'fulfilled', value });

/** Batches as they leave; each is answered when the test says so. */
function harness(inFlight: number, size: number) {
  const batches: { items: number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const gatherer = new Gatherer<number, number>(
    (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, answer: () => resolve(items.map((item) => fulfilled(item * 10))), fail: reject });
      }),
    inFlight,
    size,
  );
  return { gatherer, batches };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Gatherer', () => {
  it('sends what was asked in the same turn as one batch, and answers each in its place', async () => {
    const { gatherer, batches } = harness(1, 10);
    const answers = Promise.all([1, 2, 3].map((item) => gatherer.ask(item)));
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    batches[0]!.answer();
    expect(await answers).toEqual([10, 20, 30]);
  });

  it('gathers what comes while as many batches as allowed are on their way', async () => {
    const { gatherer, batches } = harness(1, 10);
    void gatherer.ask(1);
    await turn();
    void gatherer.ask(2);
    void gatherer.ask(3);
    await turn();
    expect(batches).toHaveLength(1);
    batches[0]!.answer();
    await turn();
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  });

  it('splits what is more than a batch holds', async () => {
    const { gatherer, batches } = harness(2, 2);
    for (const item of [1, 2, 3, 4, 5]) void gatherer.ask(item);
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('rejects all of a batch that fails, and none of the next', async () => {
    const { gatherer, batches } = harness(1, 2);
    const first = Promise.allSettled([gatherer.ask(1), gatherer.ask(2)]);
    const next = gatherer.ask(3);
    await turn();
    batches[0]!.fail(new Error('gone'));
    expect((await first).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    batches[1]!.answer();
    expect(await next).toBe(30);
  });

  it('rejects only those that were answered with a rejection', async () => {
    const gatherer = new Gatherer<number, number>(
      (items) =>
        Promise.resolve(
          items.map((item) => (item === 2 ? { status: 'rejected', reason: new Error('bad') } : fulfilled(item))),
        ),
      1,
      10,
    );
    const answers = await Promise.allSettled([1, 2, 3].map((item) => gatherer.ask(item)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('takes back what has not left yet, and only that', async () => {
    const { gatherer, batches } = harness(1, 1);
    const first = gatherer.ask(1);
    void gatherer.ask(2);
    const third = gatherer.ask(3);
    await turn();
    expect([gatherer.withdraw(1), gatherer.withdraw(2), gatherer.withdraw(2)]).toEqual([false, true, false]);
    batches[0]!.answer();
    expect(await first).toBe(10);
    await turn();
    batches[1]!.answer();
    expect(await third).toBe(30);
    expect(batches.map(({ items }) => items)).toEqual([[1], [3]]);
  });
});
