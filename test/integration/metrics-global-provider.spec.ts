import { metrics } from '@opentelemetry/api';
import {
  MeterProvider,
  MetricReader,
  type DataPoint,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { Instruments } from '../../src/index.js';
import { engines, single } from '../support/engine.js';
import { scrape } from '../support/scrape.js';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  async read(): Promise<Map<string, MetricData>> {
    const { resourceMetrics, errors } = await this.collect();
    expect(errors).toEqual([]);
    const found = resourceMetrics.scopeMetrics.filter(({ scope }) => scope.name === 'nest-tasker');
    return new Map(found.flatMap(({ metrics: all }) => all).map((metric) => [metric.descriptor.name, metric]));
  }
}

const { start } = engines();
const reader = new Reader();

beforeAll(() => void metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] })));
afterAll(() => metrics.disable());

const work = {
  templates: [single('work', {}, { monitoring: { metrics: [{ name: 'size', type: 'histogram', buckets: [1, 2] }] } })],
  handlers: { work: () => ({ size: 1.5 }) },
};

describe("an application's own MeterProvider", () => {
  it('gets the same figures as those who scrape', async () => {
    const engine = await start(work);
    for (let n = 0; n < 3; n++) await engine.run('work');
    const [exported, scraped] = [await reader.read(), await scrape(engine)];
    const at = { namespace: 'default', template: 'work', step: 'only', outcome: 'succeeded' };
    expect(exported.get('tasker_step_attempts')).toMatchObject({
      descriptor: { description: 'Attempts that have ended by what this process has committed, by their outcome' },
      dataPoints: [{ attributes: at, value: 3 }],
    });
    const duration = exported.get('tasker_step_duration_seconds')!;
    expect(duration.descriptor.unit).toBe('s');
    const [{ attributes, value }] = duration.dataPoints as [DataPoint<Histogram>];
    expect(attributes).toEqual(at);
    expect(value.count).toBe(3);
    expect(value.sum).toBeCloseTo(scraped.value('tasker_step_duration_seconds_sum', at)!, 9);
    const cumulative = value.buckets.counts.map((_, n) => value.buckets.counts.slice(0, n + 1).reduce((a, b) => a + b));
    const buckets = scraped.families
      .get('tasker_step_duration_seconds')!
      .points.filter(({ name }) => name.endsWith('_bucket'));
    expect(buckets.map(({ value: count }) => count)).toEqual(cumulative);
    expect(exported.get('tasker_template_size')!.dataPoints).toMatchObject([{ value: { sum: 4.5, count: 3 } }]);
    expect(exported.get('tasker_workers')!.dataPoints).toContainEqual(
      expect.objectContaining({ attributes: { state: 'live' }, value: 1 }),
    );
    const names = [...scraped.families].map(([name]) => name);
    expect([...exported.keys()].filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !exported.has(name))).toEqual([]);
  });

  it('asks nothing of an application that has stopped', async () => {
    const engine = await start(work);
    const refresh = jest.spyOn(engine.get(Instruments), 'refresh');
    await reader.read();
    expect(refresh).toHaveBeenCalledTimes(1);
    await engine.stop();
    await reader.read();
    expect(refresh).toHaveBeenCalledTimes(1);
  });
});
