import { EventMetrics, MetricsSubscriber, type AnyEvent } from '../../src/index.js';
import { eventOf } from './events.js';

const hear = (subscriber: MetricsSubscriber, ...events: AnyEvent[]): void =>
  events.forEach((event) => subscriber.handle(event));

const STEP = { namespace: 'default', task_name: 'api_integration_task', step_name: 'fetch_cart' };

describe('figures', () => {
  it('are counted by event', () => {
    const metrics = new EventMetrics();
    hear(
      new MetricsSubscriber({}, metrics),
      eventOf('step.started'),
      eventOf('step.completed'),
      eventOf('step.completed'),
    );
    expect(metrics.counterOf('tasker_events_total', { event: 'step.completed' })).toBe(2);
    expect(metrics.counterOf('tasker_events_total', { event: 'step.started' })).toBe(1);
  });

  it('count a failure once, though several events tell of it', () => {
    const metrics = new EventMetrics();
    const timedOut = eventOf('step.timed_out');
    hear(new MetricsSubscriber({}, metrics), timedOut, eventOf('observability.step.max_retries_reached'), {
      ...timedOut,
      event: 'step.failed',
    } as AnyEvent);
    const labels = { ...STEP, kind: 'timeout', error_class: 'StepTimeoutError' };
    expect(metrics.counterOf('tasker_errors_total', labels)).toBe(1);
  });

  it('are drawn from payloads where that is asked for', () => {
    const subscriber = new MetricsSubscriber({
      values: [
        { event: 'step.*', path: 'results.total', name: 'revenue' },
        { event: 'step.completed', path: 'results.items.0.price' },
      ],
    });
    hear(
      subscriber,
      eventOf('step.completed', { results: { total: 59.9, items: [{ price: '12.5' }] } }),
      eventOf('step.completed', { results: { total: 'free' } }),
      eventOf('step.failed'),
    );
    const { observations } = (subscriber.metrics as EventMetrics).snapshot();
    expect(observations).toMatchObject([
      { name: 'revenue', count: 1, sum: 59.9 },
      { name: 'tasker_step_completed_results_items_0_price', count: 1, sum: 12.5 },
    ]);
  });

  it('do not grow without end', () => {
    const metrics = new EventMetrics();
    for (let n = 0; n < 10_010; n++) metrics.count('tasker_events_total', { event: `e${n}` });
    metrics.count('tasker_events_total', { event: 'e1' });
    const { counters, dropped } = metrics.snapshot();
    expect({ counters: counters.length, dropped }).toEqual({ counters: 10_000, dropped: 10 });
    expect(metrics.counterOf('tasker_events_total', { event: 'e1' })).toBe(2);
  });
});
