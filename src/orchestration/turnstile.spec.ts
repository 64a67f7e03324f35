import { Turnstile } from './turnstile.js';

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function harness() {
  const turnstile = new Turnstile();
  const inside: string[] = [];
  const come = (name: string, most: number, givenUp: AbortSignal = never) =>
    turnstile.enter(most, givenUp).then(
      () => void inside.push(name),
      (reason: unknown) => reason,
    );
  return { turnstile, inside, come };
}

describe('Turnstile', () => {
  it('lets in as many as may be inside, then one for each that leaves, in the order in which they came', async () => {
    const { turnstile, inside, come } = harness();
    for (const name of ['a', 'b', 'c', 'd']) void come(name, 2);
    await turn();
    expect(inside).toEqual(['a', 'b']);
    turnstile.leave();
    await turn();
    expect(inside).toEqual(['a', 'b', 'c']);
    turnstile.leave();
    await turn();
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
  });

  it('forgets who gives up, tells why, and lets in who stood behind', async () => {
    const { inside, come, turnstile } = harness();
    const patience = new AbortController();
    void come('a', 2);
    const first = come('b', 1, patience.signal);
    void come('c', 2);
    await turn();
    expect(inside).toEqual(['a']);
    patience.abort('tired');
    expect(await first).toBe('tired');
    await turn();
    expect(inside).toEqual(['a', 'c']);
    turnstile.leave();
    turnstile.leave();
    void come('d', 1);
    await turn();
    expect(inside).toEqual(['a', 'c', 'd']);
  });

  it('turns away who has given up already', async () => {
    const { inside, come } = harness();
    expect(await come('late', 1, AbortSignal.abort('too late'))).toBe('too late');
    expect(inside).toEqual([]);
  });
});
