import { EventMetrics, MetricsSubscriber, type AnyEvent } from '../../src/index.js';
import { eventOf } from './events.js';

const hear = (subscriber: MetricsSubscriber, ...events: AnyEvent[]): void =>
  events.forEach((event) => subscriber.handle(event));

const TASK = { namespace: 'default', task_name: 'api_integration_task' };
const STEP = { ...TASK, step_name: 'fetch_cart' };

describe('figures', () => {
  it('are counted by what becomes of tasks and steps, with their durations', () => {
    const metrics = new EventMetrics();
    hear(
      new MetricsSubscriber({}, metrics),
      eventOf('task.started'),
      eventOf('step.started'),
      eventOf('step.completed', { execution_duration: 0.25 }),
      eventOf('step.completed', { execution_duration: 0.75 }),
      eventOf('task.completed', { execution_duration: 2 }),
    );
    expect(metrics.counterOf('tasker_events_total', { event: 'step.completed' })).toBe(2);
    expect(metrics.counterOf('tasker_tasks_total', { ...TASK, outcome: 'completed' })).toBe(1);
    expect(metrics.counterOf('tasker_steps_total', { ...STEP, outcome: 'started' })).toBe(1);
    expect(metrics.snapshot().observations).toEqual([
      {
        name: 'tasker_step_duration_seconds',
        labels: { ...STEP, outcome: 'completed' },
        count: 2,
        sum: 1,
        min: 0.25,
        max: 0.75,
      },
      {
        name: 'tasker_task_duration_seconds',
        labels: { ...TASK, outcome: 'completed' },
        count: 1,
        sum: 2,
        min: 2,
        max: 2,
      },
    ]);
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
    expect(metrics.snapshot().observations.map(({ count }) => count)).toEqual([1]);
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
    expect(observations.filter(({ name }) => !name.endsWith('_seconds'))).toMatchObject([
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
