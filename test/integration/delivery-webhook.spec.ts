import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeliveryService, EventSubscriber, WebhookSubscriber } from '../../src/index.js';
import { engines, eventually, single, type Engine } from '../support/engine.js';

interface Post {
  headers: IncomingHttpHeaders;
  body: string;
  event: { event: string; event_id: string; task_id: string };
}

/** No answer at all. */
const SILENCE = 0;
const SECRET = 'a-secret-of-the-shop';

describe('a webhook', () => {
  const { start } = engines('afterAll');
  const posts: Post[] = [];
  let answer: (post: Post) => number | { status: number; retryAfter: string } = () => 204;
  let receiver: Server;
  let folder: string;
  let engine: Engine;
  let delivery: DeliveryService;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const post = { headers: request.headers, body, event: JSON.parse(body) as Post['event'] };
        posts.push(post);
        const said = answer(post);
        if (said === SILENCE) return;
        const { status, retryAfter } = typeof said === 'number' ? { status: said, retryAfter: undefined } : said;
        response.writeHead(status, retryAfter ? { 'Retry-After': retryAfter } : {}).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
    folder = mkdtempSync(join(tmpdir(), 'tasker-webhook-'));
    writeFileSync(
      join(folder, 'billing.yaml'),
      `subscriptions:
  billing:
    class: WebhookSubscriber
    events: [task.completed]
    filter: { name: billed }
    config:
      url: ${url}
      secret: \${WEBHOOK_SECRET}
      headers: { authorization: Bearer of-the-shop }
      timeout_ms: 300
`,
    );
    process.env.WEBHOOK_SECRET = SECRET;

    @EventSubscriber({
      name: 'hasty',
      events: ['task.*'],
      filter: { name: 'hurried' },
      delivery: 'durable',
      retry: { limit: 3, backoff: { kind: 'none' } },
    })
    class Hasty extends WebhookSubscriber {
      constructor() {
        super({ url, timeout_ms: 300 });
      }
    }
    engine = await start({
      templates: [single('billed'), single('hurried')],
      handlers: { billed: () => ({}), hurried: () => ({}) },
      providers: [Hasty],
      tasker: { events: { subscriptions: [folder] } },
    });
    delivery = engine.get(DeliveryService);
  });
  afterEach(() => (answer = () => 204));
  afterAll(async () => {
    delete process.env.WEBHOOK_SECRET;
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => receiver.close(resolve));
  });

  const of = (taskId: string): Post[] => posts.filter(({ event }) => event.task_id === taskId);

  it('that a file declares is durable, and gets each event as JSON, signed', async () => {
    const { taskId } = await engine.run('billed');
    await eventually('it is posted', () => of(taskId).length === 1);
    const [{ headers, body, event }] = of(taskId) as [Post];
    expect(event).toMatchObject({ event: 'task.completed', task_id: taskId, event_id: expect.any(String) });
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer of-the-shop' });
    expect(headers['webhook-id']).toBe(event.event_id);
    const timestamp = headers['webhook-timestamp'] as string;
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
    const expected = createHmac('sha256', SECRET).update(`${event.event_id}.${timestamp}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect((await delivery.list()).map(({ name }) => name)).toEqual(['billing', 'hasty']);
  });

  it('is posted again under the same id while the receiver fails, or does not answer in time', async () => {
    const said = [500, SILENCE, 404];
    answer = ({ event }) => (event.event === 'task.started' ? (said.shift() ?? 204) : 204);
    const { taskId } = await engine.run('hurried');
    await eventually('the receiver has failed three times', () => said.length === 0);
    await eventually('it is parked', async () => (await delivery.get('hasty')).parked === 1);
    const started = of(taskId).filter(({ event }) => event.event === 'task.started');
    expect(started).toHaveLength(3);
    expect(new Set(started.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(started[0]!.headers['webhook-signature']).toBeUndefined();
    const [parked] = await delivery.parked('hasty');
    expect(parked!.error!.message).toMatch(/^The webhook at 127\.0\.0\.1:\d+ answered 404\.$/);
    await delivery.redrive('hasty');
    await eventually('it is taken', async () => {
      const { waiting, parked: left } = await delivery.get('hasty');
      return waiting + left === 0;
    });
  });

  it('has the event parked at once where the receiver says that it is gone', async () => {
    answer = ({ event }) => (event.event === 'task.completed' ? 410 : 204);
    const { taskId } = await engine.run('hurried');
    await eventually('it is parked', async () => (await delivery.get('hasty')).parked === 1);
    expect(of(taskId).filter(({ event }) => event.event === 'task.completed')).toHaveLength(1);
  });

  it('waits as long as the receiver asks for', async () => {
    const at: number[] = [];
    answer = ({ event }) => {
      if (event.event !== 'task.started') return 204;
      at.push(Date.now());
      return at.length === 1 ? { status: 429, retryAfter: '1' } : 204;
    };
    await engine.run('hurried');
    await eventually('the second post', () => at.length === 2);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(990);
  });
});
