import { Probe, Unhealthy } from './probe.js';

const UP = { status: 'up', detail: 'well' } as const;
const judge = () => UP;

describe('Probe', () => {
  it('asks once, however many want to know, and answers from it for a while', async () => {
    let asked = 0;
    const probe = new Probe(
      async () => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      { freshMs: 50 },
    );
    const results = await Promise.all(Array.from({ length: 100 }, () => probe.check(judge)));
    expect(results).toEqual(Array(100).fill({ ...UP, latencyMs: expect.any(Number) as number }));
    await probe.check(judge);
    expect(asked).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await probe.check(judge);
    expect(asked).toBe(2);
  });

  it('is down past its deadline, and does not ask again what is not answered yet', async () => {
    let asked = 0;
    let answer!: () => void;
    const probe = new Probe(() => new Promise<void>((resolve) => (++asked, (answer = resolve))), { timeoutMs: 20 });
    for (let n = 0; n < 3; n++) {
      expect(await probe.check(judge)).toMatchObject({ status: 'down', detail: 'no answer within 20 ms' });
    }
    expect(asked).toBe(1);
    answer();
    await new Promise(setImmediate);
    const next = probe.check(judge);
    answer();
    expect(await next).toMatchObject({ status: 'up' });
    expect(asked).toBe(2);
  });

  it.each([
    [new Unhealthy('two are missing'), 'two are missing'],
    [Object.assign(new Error('connect to 10.0.0.1 as root'), { code: 'ECONNREFUSED' }), 'failed with ECONNREFUSED'],
    [new Error('password is hush'), 'failed'],
  ])('says of %p no more than anybody may know', async (error, detail) => {
    expect(await new Probe(() => Promise.reject(error)).check(judge)).toMatchObject({ status: 'down', detail });
  });

  it('asks again at once what has failed', async () => {
    let asked = 0;
    const probe = new Probe(() => (asked++ === 0 ? Promise.reject(new Error()) : Promise.resolve()));
    expect((await probe.check(judge)).status).toBe('down');
    expect((await probe.check(judge)).status).toBe('up');
  });
});
