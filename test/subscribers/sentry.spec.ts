import { SentrySubscriber } from '../../src/index.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { eventOf } from './events.js';

const sentry = new HttpReceiver();
beforeAll(() => sentry.start());
afterEach(() => sentry.reset());
afterAll(() => sentry.stop());

const KEY = 'f00dfeed00000000000000000000cafe';
const subscriber = (changes: object = {}): SentrySubscriber =>
  new SentrySubscriber({ dsn: `http://${KEY}@${sentry.host}/prefix/42`, environment: 'staging', ...changes });

/** An envelope as Sentry reads it: a header, and items of a header and so many bytes each. */
function envelopeOf(body: string) {
  const bytes = Buffer.from(body);
  const lineAt = (start: number): [object, number] => {
    const end = bytes.indexOf('\n', start);
    return [JSON.parse(bytes.toString('utf8', start, end)) as object, end + 1];
  };
  const [header, first] = lineAt(0);
  const [item, start] = lineAt(first) as [{ type: string; length: number }, number];
  expect(bytes.subarray(start + item.length).toString()).toBe('\n');
  return { header, item, payload: JSON.parse(bytes.toString('utf8', start, start + item.length)) };
}

const failed = eventOf('step.failed', { error_message: 'Ünïcode 🛒 does not exist' });

describe('Sentry', () => {
  it('receives a failure as an envelope, with the key of the dsn', async () => {
    await subscriber({ release: 'shop@1', server_name: 'shop-1', tags: { team: 'carts' } }).handle(failed);
    const [{ method, path, headers, body }] = sentry.requests as [(typeof sentry.requests)[0]];
    expect({ method, path }).toEqual({ method: 'POST', path: '/prefix/api/42/envelope/' });
    expect(headers['content-type']).toBe('application/x-sentry-envelope');
    expect(headers['x-sentry-auth']).toMatch(
      new RegExp(`^Sentry sentry_version=7, sentry_client=[\\w-]+/[\\d.]+, sentry_key=${KEY}$`),
    );
    const { header, item, payload } = envelopeOf(body);
    expect(header).toEqual({ event_id: payload.event_id, sent_at: expect.stringMatching(/Z$/) });
    expect(item).toMatchObject({ type: 'event', content_type: 'application/json' });
    expect(payload).toMatchObject({
      event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      timestamp: failed.timestamp,
      platform: 'node',
      level: 'error',
      environment: 'staging',
      release: 'shop@1',
      server_name: 'shop-1',
      transaction: 'default.api_integration_task/fetch_cart',
      exception: { values: [{ type: 'PermanentError', value: 'Ünïcode 🛒 does not exist' }] },
      fingerprint: [
        'tasker',
        'step.failed',
        'default',
        'api_integration_task',
        'fetch_cart',
        'PermanentError',
        'HTTP_404',
      ],
      tags: { namespace: 'default', step_name: 'fetch_cart', error_kind: 'not_found', team: 'carts' },
    });
    expect(Object.values(payload.tags as object).every((value) => typeof value === 'string')).toBe(true);
  });

  it('groups failures by what failed, not by what they say, and knows a duplicate by its id', async () => {
    const sink = subscriber();
    const other = eventOf('step.failed', { error_message: 'another text', attempt: 2 });
    const elsewhere = eventOf('step.failed', { step_name: 'pay' });
    for (const event of [failed, failed, other, elsewhere]) await sink.handle(event);
    const [one, again, two, three] = sentry.requests.map(({ body }) => envelopeOf(body).payload);
    expect(again.event_id).toBe(one.event_id);
    expect(two.event_id).not.toBe(one.event_id);
    expect(two.fingerprint).toEqual(one.fingerprint);
    expect(three.fingerprint).not.toEqual(one.fingerprint);
  });

  it('receives what is no error as a message, of its own level, without results', async () => {
    const sink = subscriber();
    await sink.handle(eventOf('task.failed'));
    await sink.handle(eventOf('step.retry_scheduled'));
    await sink.handle(eventOf('step.completed', { results: { secret: 'x-1' } }));
    const [task, retry, completed] = sentry.requests.map(({ body }) => envelopeOf(body).payload);
    expect(task).toMatchObject({
      level: 'error',
      logentry: { formatted: 'task.failed: default.api_integration_task' },
    });
    expect(retry).toMatchObject({ level: 'warning', exception: { values: [{ type: 'StepTimeoutError' }] } });
    expect(completed.level).toBe('info');
    expect(JSON.stringify(completed)).not.toContain('x-1');
  });

  it('is not called until the pause is over that it has asked for', async () => {
    const sink = subscriber();
    sentry.answers.push({ status: 429, headers: { 'Retry-After': '120' } });
    await expect(sink.handle(failed)).rejects.toMatchObject({
      name: 'RetryableError',
      errorCode: 'HTTP_429',
      retryAfter: 120,
    });
    await expect(sink.handle(failed)).rejects.toMatchObject({ errorCode: 'HTTP_429', retryAfter: expect.any(Number) });
    expect(sentry.requests).toHaveLength(1);
  });

  it.each([
    '',
    'not a url',
    'https://sentry.io/42',
    `https://${KEY}@sentry.io/`,
    `https://${KEY}@sentry.io/name`,
    'ftp://k@h/1',
  ])('refuses the dsn "%s" without showing it', (dsn) => {
    const refused = (): unknown => subscriber({ dsn });
    expect(refused).toThrow(/dsn must be https:/);
    expect(refused).not.toThrow(new RegExp(KEY));
  });
});
