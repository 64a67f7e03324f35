import { Logger } from '@nestjs/common';
import { Instruments } from './instruments.js';
import { LabelSets, OTHER } from './label-sets.js';
import type { MetricSample } from './metric-sample.js';

beforeAll(() => Logger.overrideLogger(false));

const ASKED = { name: 'tasker_asked', help: 'Asked', unit: null, labels: [] } as const;

function probed(ask: () => number | Promise<number>, freshMs = 60_000): Instruments {
  const instruments = new Instruments();
  const gauge = instruments.gauge(ASKED);
  const say = (answer: number | null): void => gauge.replace(answer === null ? [] : [[{}, answer]]);
  instruments.probe({ name: 'x', freshMs, ask, say });
  return instruments;
}

const valueOf = (samples: readonly MetricSample[], name: string): number | undefined =>
  samples.find((sample) => sample.name === name)?.value;

describe('a probe', () => {
  it('asks once for all who want to know at the same time, and for a while after', async () => {
    let asked = 0;
    const instruments = probed(async () => Promise.resolve(++asked));
    const answers = await Promise.all([1, 2, 3].map(() => instruments.collect()));
    expect(answers.map((samples) => valueOf(samples, 'tasker_asked'))).toEqual([1, 1, 1]);
    expect(valueOf(await instruments.collect(), 'tasker_asked')).toBe(1);
    expect(asked).toBe(1);
  });

  it('says how old its answer is', async () => {
    const samples = await probed(() => 7).collect();
    expect(valueOf(samples, 'tasker_probe_up')).toBe(1);
    expect(valueOf(samples, 'tasker_probe_age_seconds')).toBeLessThan(1);
  });

  it('says nothing of what it cannot find out, and the others say what they know', async () => {
    let isUp = true;
    const instruments = probed(() => {
      if (!isUp) throw new Error('gone');
      return 7;
    }, 1);
    instruments
      .counter({ ...ASKED, name: 'tasker_counted' })
      .with({})
      .add();
    expect(valueOf(await instruments.collect(), 'tasker_asked')).toBe(7);
    isUp = false;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const samples = await instruments.collect();
    expect(valueOf(samples, 'tasker_asked')).toBeUndefined();
    expect(valueOf(samples, 'tasker_probe_age_seconds')).toBeUndefined();
    expect(valueOf(samples, 'tasker_probe_up')).toBe(0);
    expect(valueOf(samples, 'tasker_counted_total')).toBe(1);
  });

  it('that is not answered keeps a scrape for two seconds, and is not asked again meanwhile', async () => {
    let asked = 0;
    const instruments = probed(() => {
      asked++;
      return new Promise<number>(() => undefined);
    });
    const began = performance.now();
    expect(valueOf(await instruments.collect(), 'tasker_probe_up')).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(1_900);
    await instruments.collect();
    expect(asked).toBe(1);
  });
});

describe('instruments', () => {
  it('are one for a name, and of one kind', () => {
    const instruments = new Instruments();
    expect(instruments.counter(ASKED)).toBe(instruments.counter(ASKED));
    expect(() => instruments.gauge(ASKED)).toThrow('The metric "tasker_asked" is a counter, not a gauge.');
  });
});

describe('the series of a family', () => {
  it('are so many at most: what comes beyond is counted together, so that sums stay right', () => {
    const sets = new LabelSets((labels) => ({ labels, value: 0 }), 3);
    for (let n = 0; n < 10; n++) sets.with({ category: `c${n}`, step: 'a' }).value++;
    expect(sets.list().map(({ labels, value }) => [labels.category, value])).toEqual([
      ['c0', 1],
      ['c1', 1],
      ['c2', 1],
      [OTHER, 7],
    ]);
  });

  it('are told apart by labels in any order, and by nothing that only looks alike', () => {
    const sets = new LabelSets((labels) => ({ labels }));
    const first = sets.with({ a: '1', b: '2' });
    expect(sets.with({ b: '2', a: '1' })).toBe(first);
    expect(sets.with({ a: '1","b":"2' })).not.toBe(first);
    expect(sets.list()).toHaveLength(2);
  });
});
