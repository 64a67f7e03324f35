import { ComprehensiveSubscriber, EventMetrics } from '../../src/index.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { eventOf } from './events.js';

const services = new HttpReceiver();
beforeAll(() => services.start());
afterEach(() => services.reset());
afterAll(() => services.stop());

const paths = (): string[] => services.requests.map(({ path }) => path).sort();

describe('one subscription to all services', () => {
  const metrics = new EventMetrics();
  const subscriber = (): ComprehensiveSubscriber =>
    new ComprehensiveSubscriber(
      {
        environment: 'staging',
        metrics: {},
        sentry: { dsn: `http://k@${services.host}/1` },
        pagerduty: { routing_key: 'k'.repeat(32), url: `http://${services.host}/v2/enqueue` },
        slack: { webhooks: { ops: `http://${services.host}/services/ops` } },
      },
      metrics,
    );

  it('gives each the events that are for it', async () => {
    const sink = subscriber();
    await sink.handle(eventOf('step.failed'));
    expect(paths()).toEqual(['/api/1/envelope/', '/services/ops']);
    services.requests.length = 0;
    await sink.handle(eventOf('task.failed'));
    expect(paths()).toEqual(['/api/1/envelope/', '/services/ops', '/v2/enqueue']);
    services.requests.length = 0;
    await sink.handle(eventOf('step.started'));
    expect(paths()).toEqual([]);
    expect(metrics.counterOf('tasker_events_total', { event: 'step.started' })).toBe(1);
    expect(JSON.stringify(metrics.snapshot())).toContain('"name":"tasker_errors_total"');
  });

  it('tells the others of an event that one does not take, and then of that one', async () => {
    services.usual = ({ path }) => ({ status: path.startsWith('/services') ? 404 : 200, body: 'no_service' });
    await expect(subscriber().handle(eventOf('task.failed'))).rejects.toMatchObject({ errorCode: 'HTTP_404' });
    expect(paths()).toHaveLength(3);
    services.usual = () => ({ status: 500 });
    await expect(subscriber().handle(eventOf('task.failed'))).rejects.toThrow(
      'Sentry answered 500; PagerDuty answered 500; Slack answered 500',
    );
  });

  it('gives a further attempt of durable delivery only to those that have not taken the event', async () => {
    const sink = subscriber();
    const attempt = (n: number) => ({ eventId: 'e-1', attempt: n, signal: new AbortController().signal });
    services.usual = ({ path }) => ({ status: path.startsWith('/services') ? 500 : 200 });
    await expect(sink.handle(eventOf('task.failed'), attempt(1))).rejects.toMatchObject({ errorCode: 'HTTP_500' });
    services.reset();
    await sink.handle(eventOf('task.failed'), attempt(2));
    expect(paths()).toEqual(['/services/ops']);
  });
});
