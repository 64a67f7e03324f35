import { Undelivered } from './undelivered.js';

describe('a collector that cannot be reached', () => {
  it('is told of at once, and then once in five minutes', () => {
    const said: string[] = [];
    let now = 0;
    const undelivered = new Undelivered(
      (message) => said.push(message),
      () => now,
    );
    const refused = new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:4318')]);
    for (now = 0; now < 300_000; now += 60_000) undelivered.report(refused);
    expect(said).toEqual(['Traces cannot be delivered, the work goes on without: connect ECONNREFUSED 127.0.0.1:4318']);
    undelivered.report(refused);
    expect(said).toHaveLength(2);
  });
});
