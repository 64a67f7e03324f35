/* eslint-disable @typescript-eslint/no-explicit-any -- what was sent is looked at as it came */
import { PagerDutySubscriber, type AnyEvent } from '../../src/index.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { eventOf } from './events.js';

const pagerDuty = new HttpReceiver();
beforeAll(() => pagerDuty.start());
afterEach(() => pagerDuty.reset());
afterAll(() => pagerDuty.stop());

const KEY = 'e93facc04764012d7bfb002500d5d1a6';
const ACTIONS = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'warning', 'error', 'info'];

/** Answers as the Events API v2 does: 202, or 400 with everything that is wrong. */
function eventsApi({ body }: { body: string }) {
  const event = JSON.parse(body);
  const errors = [
    ...(String(event.routing_key).length === 32
      ? []
      : ["Length of 'routing_key' is incorrect (should be 32 characters)"]),
    ...(ACTIONS.includes(event.event_action) ? [] : ["'event_action' is invalid"]),
    ...(event.event_action === 'trigger' || event.dedup_key ? [] : ["'dedup_key' is missing or blank"]),
    ...(String(event.dedup_key).length <= 255 ? [] : ["'dedup_key' is too long"]),
  ];
  if (event.event_action === 'trigger') {
    const { summary, source, severity, custom_details } = event.payload ?? {};
    if (!summary || summary.length > 1024) errors.push("'payload.summary' is missing or blank, or too long");
    if (!source) errors.push("'payload.source' is missing or blank");
    if (!SEVERITIES.includes(severity)) errors.push("'payload.severity' is invalid");
    if (typeof custom_details !== 'object') errors.push("'payload.custom_details' is no object");
  }
  const answer = (status: number, said: object) => ({ status, body: JSON.stringify(said) });
  return errors.length > 0
    ? answer(400, { status: 'invalid event', message: 'Event object is invalid', errors })
    : answer(202, { status: 'success', message: 'Event processed', dedup_key: event.dedup_key });
}

const subscriber = (changes: object = {}): PagerDutySubscriber =>
  new PagerDutySubscriber({
    routing_key: KEY,
    url: `http://${pagerDuty.host}/v2/enqueue`,
    environment: 'production',
    ...changes,
  });

const failed = eventOf('task.failed');
const KEY_OF_TASK = `tasker-task-${(failed as { task_id?: string }).task_id}`;

async function sent(sink: PagerDutySubscriber, ...events: AnyEvent[]): Promise<any[]> {
  pagerDuty.usual = eventsApi;
  for (const event of events) await sink.handle(event);
  return pagerDuty.bodies as any[];
}

describe('PagerDuty', () => {
  it('is told of an alert by an incident of its severity, which ends with the alert, in whatever process that is told', async () => {
    const [incident] = await sent(subscriber({ default_severity: 'info' }), eventOf('alert.fired'));
    const key = `tasker-alert-${(eventOf('alert.fired') as { alert_id?: string }).alert_id}`;
    expect(incident).toMatchObject({
      event_action: 'trigger',
      dedup_key: key,
      payload: {
        summary: 'high_failure_rate: More than 5 % of checkouts fail',
        severity: 'critical',
        class: 'high_failure_rate',
        component: 'checkout',
        group: 'payments',
        custom_details: { success_rate: 0.82, team: 'payments', condition: 'success_rate < 0.95' },
      },
    });
    const [, end] = await sent(subscriber(), eventOf('alert.resolved'));
    expect(end).toMatchObject({ event_action: 'resolve', dedup_key: key });
  });

  it('is told of a failed task by an incident', async () => {
    const [incident] = await sent(subscriber({ source: 'shop' }), failed);
    expect(pagerDuty.requests[0]).toMatchObject({ method: 'POST', path: '/v2/enqueue' });
    expect(pagerDuty.requests[0]!.headers['content-type']).toBe('application/json');
    expect(incident).toEqual({
      routing_key: KEY,
      event_action: 'trigger',
      dedup_key: KEY_OF_TASK,
      client: 'Tasker',
      payload: {
        summary: 'default.api_integration_task: task.failed',
        source: 'shop',
        severity: 'error',
        timestamp: failed.timestamp,
        component: 'api_integration_task',
        group: 'default',
        class: 'task.failed',
        custom_details: expect.objectContaining({ correlation_id: 'order-17', environment: 'production' }),
      },
    });
  });

  it('acknowledges it when it is repaired, and resolves it when the task completes, under one key', async () => {
    const events = [failed, eventOf('task.retry_requested'), eventOf('task.completed')];
    const told = await sent(subscriber(), ...events);
    expect(told.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', KEY_OF_TASK],
      ['acknowledge', KEY_OF_TASK],
      ['resolve', KEY_OF_TASK],
    ]);
    expect(told[2].payload).toBeUndefined();
  });

  it('resolves it when the task is settled by hand or cancelled, whoever has triggered it', async () => {
    const told = await sent(subscriber(), eventOf('task.resolved_manually'), eventOf('task.cancelled'));
    expect(told.map(({ event_action }) => event_action)).toEqual(['resolve', 'resolve']);
  });

  it('hears nothing of tasks that complete without ever having failed', async () => {
    expect(await sent(subscriber(), eventOf('task.completed'), eventOf('task.started'))).toEqual([]);
  });

  it('is called only for what matters to the business, as badly as its rules say', async () => {
    const sink = subscriber({
      trigger_when: "environment == 'production' AND namespace in ['payments', 'default']",
      severity_rules: [
        { when: "namespace == 'payments' AND execution_duration > 10s", severity: 'critical' },
        { when: "namespace == 'payments'", severity: 'warning' },
      ],
      default_severity: 'info',
    });
    const told = await sent(
      sink,
      eventOf('task.failed', { namespace: 'payments', execution_duration: 11 }),
      eventOf('task.failed', { namespace: 'payments', execution_duration: 9 }),
      failed,
      eventOf('task.failed', { namespace: 'newsletters' }),
    );
    expect(told.map(({ payload }) => payload.severity)).toEqual(['critical', 'warning', 'info']);
  });

  it('is told of a worker that is lost, once for each', async () => {
    const [incident] = await sent(subscriber(), eventOf('observability.worker.lost'));
    expect(incident).toMatchObject({ dedup_key: 'tasker-worker-12', payload: { component: 'shop-1-4711' } });
  });

  it('keeps its summaries short and results to itself', async () => {
    const sink = subscriber();
    const long = eventOf('step.failed', { error_message: 'x'.repeat(3_000) });
    const [incident] = await sent(sink, { ...long, results: 'secret-result' });
    expect(incident.payload.summary).toHaveLength(1_024);
    expect(incident.payload.custom_details.error_message).toHaveLength(2_000);
    expect(JSON.stringify(incident)).not.toContain('secret-result');
  });

  it('refuses for good what it does not understand, and says so without the key', async () => {
    const sink = subscriber({ routing_key: 'too-short-a-key' });
    const refused = await sent(sink, failed).catch((error: Error) => error);
    expect(refused).toMatchObject({ name: 'PermanentError', errorCode: 'HTTP_400' });
    expect((refused as Error).message).toMatch(/^PagerDuty answered 400: .*Length of 'routing_key' is incorrect/);
    expect((refused as Error).message).not.toContain('too-short-a-key');
  });

  it('knows of an incident only once it has been told', async () => {
    const sink = subscriber();
    pagerDuty.answers.push({ status: 500 });
    await expect(sink.handle(failed)).rejects.toMatchObject({ errorCode: 'HTTP_500' });
    pagerDuty.reset();
    expect(await sent(sink, eventOf('task.completed'))).toEqual([]);
  });

  it('does not start with a condition that is none', () => {
    expect(() => subscriber({ trigger_when: 'namespace ==' })).toThrow(/at character/);
  });
});
