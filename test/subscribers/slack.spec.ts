/* eslint-disable @typescript-eslint/no-explicit-any -- what was sent is looked at as it came */
import { SlackSubscriber } from '../../src/index.js';
import { HttpReceiver, type ReceivedRequest } from '../support/http-receiver.js';
import { eventOf } from './events.js';

const slack = new HttpReceiver();
beforeAll(() => slack.start());
afterEach(() => slack.reset());
afterAll(() => slack.stop());

/** Answers as an incoming webhook does: "ok", or what is wrong with the blocks. */
function webhook({ body, headers }: ReceivedRequest) {
  const { text, blocks } = JSON.parse(body);
  const wrong = (said: string) => ({ status: 400, body: said });
  if (headers['content-type'] !== 'application/json') return wrong('invalid_payload');
  if (typeof text !== 'string' || text === '') return wrong('no_text');
  if (!Array.isArray(blocks) || blocks.length > 50) return wrong('invalid_blocks');
  const isText = (object: any, most: number, type = 'mrkdwn'): boolean =>
    object?.type === type && object.text.length > 0 && object.text.length <= most;
  const isBlock = (block: any): boolean => {
    if (block.type === 'header') return isText(block.text, 150, 'plain_text');
    if (block.type === 'context')
      return block.elements.length <= 10 && block.elements.every((e: any) => isText(e, 3000));
    if (block.type !== 'section') return false;
    const { fields, text: whole } = block;
    return fields ? fields.length <= 10 && fields.every((e: any) => isText(e, 2000)) : isText(whole, 3000);
  };
  return blocks.every(isBlock) ? { status: 200, body: 'ok' } : wrong('invalid_blocks');
}

const subscriber = (changes: object = {}): SlackSubscriber => {
  slack.usual = webhook;
  const at = (name: string): string => `http://${slack.host}/services/T0/B0/${name}`;
  return new SlackSubscriber({ webhooks: { ops: at('ops'), dev: at('dev') }, environment: 'production', ...changes });
};

const channels = (): string[] => slack.requests.map(({ path }) => path.split('/').at(-1)!);

describe('Slack', () => {
  it('shows an alert with what it means, its condition and what that was asked over', async () => {
    const told = eventOf('alert.fired', { figures: { success_rate: 0.8123456, retry_rate: null } });
    await subscriber({ routes: [{ to: ['ops'] }] }).handle(told);
    const { text, blocks } = slack.bodies[0] as any;
    expect(text).toBe(':rotating_light: alert.fired high_failure_rate: More than 5 % of checkouts fail');
    const fields = blocks[1].fields.map((field: { text: string }) => field.text);
    expect(fields).toEqual(
      expect.arrayContaining(['*Severity*\ncritical', '*Template*\ncheckout', '*Namespace*\npayments']),
    );
    expect(blocks[2].text.text).toBe(
      'More than 5 % of checkouts fail\n```success_rate &lt; 0.95```\n`success_rate` 0.8123 · `retry_rate` not known\n`team` payments',
    );
  });

  it('shows that an alert about everything is over', async () => {
    const everything = { namespace: null, task_name: null, version: null, description: null };
    await subscriber({ routes: [{ to: ['ops'] }] }).handle(eventOf('alert.resolved', everything));
    const { text, blocks } = slack.bodies[0] as any;
    expect(text).toBe(':white_check_mark: alert.resolved high_failure_rate: success_rate &lt; 0.95');
    const fields = blocks[1].fields.map((field: { text: string }) => field.text);
    expect(fields).toEqual([
      '*Severity*\ncritical',
      '*Firing since*\n2026-01-31T09:30:00.000Z',
      '*Environment*\nproduction',
    ]);
  });

  it('shows a failure in blocks, with a text for where none are shown', async () => {
    await subscriber({ routes: [{ to: ['ops'] }] }).handle(eventOf('step.failed', { attempt: 3 }));
    expect(channels()).toEqual(['ops']);
    const { text, blocks } = slack.bodies[0] as any;
    expect(text).toBe(':x: step.failed fetch_cart: The cart does not exist');
    expect(blocks.map(({ type }: { type: string }) => type)).toEqual(['header', 'section', 'section', 'context']);
    const fields = blocks[1].fields.map((field: { text: string }) => field.text);
    expect(fields).toEqual(
      expect.arrayContaining([
        '*Step*\nfetch_cart',
        '*Attempt*\n3 of 3',
        '*Duration*\n0.18 s',
        '*Environment*\nproduction',
      ]),
    );
    expect(blocks[2].text.text).toBe('*PermanentError HTTP_404*\n```The cart does not exist```');
    expect(blocks[3].elements[0].text).toContain('correlation order-17');
  });

  it('takes every event, and messages of any length, without letting them call people', async () => {
    const sink = subscriber({ routes: [{ to: ['ops'] }] });
    await sink.handle(eventOf('observability.worker.lost'));
    await sink.handle(eventOf('task.completed', { task_name: 'x'.repeat(255) }));
    await sink.handle(eventOf('step.failed', { error_message: `<!channel> & \`\`\`${'y'.repeat(4_000)}` }));
    expect(slack.requests[2]!.body).toContain('&lt;!channel&gt; &amp;');
    expect(slack.requests[2]!.body).not.toContain('<!channel>');
  });

  it('is reached in the channels that the first route says which the event meets', async () => {
    const routes = [
      { environments: ['staging'], to: [] },
      { events: ['task.completed'], to: [] },
      { events: ['step.*', 'task.failed'], namespaces: ['payments'], to: ['ops', 'dev'] },
      { to: ['dev'] },
    ];
    const sink = subscriber({ routes });
    await sink.handle(eventOf('task.completed'));
    await sink.handle(eventOf('task.failed', { namespace: 'payments' }));
    await sink.handle(eventOf('task.failed'));
    expect(channels().sort()).toEqual(['dev', 'dev', 'ops']);
    slack.requests.length = 0;
    await subscriber({ routes, environment: 'staging' }).handle(eventOf('task.failed'));
    expect(channels()).toEqual([]);
  });

  it('is told in all channels where nothing is said of routes', async () => {
    await subscriber().handle(eventOf('task.failed'));
    expect(channels().sort()).toEqual(['dev', 'ops']);
  });

  it('is left alone for as long as it asks, and no message shows its address', async () => {
    const sink = subscriber({ routes: [{ to: ['ops'] }] });
    slack.answers.push({ status: 429, headers: { 'Retry-After': '30' }, body: `slow down /services/T0/B0/ops` });
    const error = await sink.handle(eventOf('task.failed')).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ errorCode: 'HTTP_429', retryAfter: 30 });
    slack.answers.push({ status: 404, body: 'no_service' });
    const other = await subscriber({ routes: [{ to: ['ops'] }] })
      .handle(eventOf('task.failed'))
      .catch((thrown: Error) => thrown);
    expect(other).toMatchObject({ name: 'PermanentError', message: 'Slack answered 404: no_service' });
  });

  it.each([
    [{ webhooks: { ops: 'xoxb-secret' } }, /^webhooks.ops must be the address of an incoming webhook/],
    [{ routes: [{ to: ['pos'] }] }, /^routes name the webhook "pos". Did you mean "ops"/],
  ])('does not start with %j', (changes, message) => {
    expect(() => subscriber(changes)).toThrow(message);
    expect(() => subscriber(changes)).not.toThrow(/xoxb-secret/);
  });
});
