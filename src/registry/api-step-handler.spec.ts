import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { PermanentError, RetryableError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { retryAfterMs } from '../core/retry-after.js';
import { failureOf } from '../orchestration/failure-policy.js';
import type { RunStepOptions } from '../testing/run-step-options.js';
import { runStep } from '../testing/run-step.js';
import { ApiStepHandler } from './api-step-handler.js';
import type { ApiRequest } from './http/request.js';
import type { ApiResponse } from './http/response.js';
import type { StepContext } from './step-handler.js';

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server that answers as the test says, and remembers what it was asked. */
class ScriptedServer {
  readonly received: Received[] = [];
  readonly sockets = new Set<Socket>();
  answer: (response: ServerResponse, request: Received) => void = (response) => response.end();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  async start(): Promise<void> {
    this.server.on('connection', (socket) => this.sockets.add(socket));
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get last(): Received {
    return this.received.at(-1)!;
  }

  json(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.answer = (response) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { method = '', url = '', headers } = request;
    this.received.push({ method, url, headers, body });
    this.answer(response, this.last);
  }
}

class PlainHandler extends ApiStepHandler {}

const server = new ScriptedServer();
const other = new ScriptedServer();

beforeAll(() => Promise.all([server.start(), other.start()]));
afterAll(() => Promise.all([server.stop(), other.stop()]));
beforeEach(() => {
  for (const each of [server, other]) {
    each.received.length = 0;
    each.json(200, { served: true });
  }
});

const call = (config: JsonObject = {}, options: RunStepOptions = {}): Promise<unknown> =>
  runStep(new PlainHandler(), { config: { base_url: server.url, url: '/orders', ...config }, ...options });

type Failure = Error & Pick<RetryableError, 'errorCode' | 'context' | 'retryAfter'>;

const failure = async (running: Promise<unknown>): Promise<Failure> => {
  const thrown = await running.then(
    () => null,
    (error: Failure) => error,
  );
  if (thrown === null) throw new Error('The call has not failed');
  return thrown;
};

describe('a success', () => {
  it('leaves status, some headers and the JSON body', async () => {
    server.json(201, { id: 7 }, { location: '/orders/7?api_key=1', 'set-cookie': 'session=1', 'x-powered-by': 'test' });
    await expect(call()).resolves.toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', location: '/orders/7' },
      body: { id: 7 },
    });
  });

  it.each([200, 201, 202, 204, 206, 299])('is every status 2xx, as %i', async (status) => {
    server.answer = (response) => response.writeHead(status).end();
    await expect(call()).resolves.toMatchObject({ status, body: null });
  });

  it('is a status that the config accepts, and its body is read as of any other', async () => {
    server.json(409, { existing: 7 });
    await expect(call({ accept_statuses: [404, 409] })).resolves.toMatchObject({ status: 409, body: { existing: 7 } });
  });

  it('is a status that the handler takes for one', async () => {
    class Tolerant extends ApiStepHandler {
      protected override isSuccess(status: number): boolean {
        return status === 418;
      }
    }
    server.json(418, 'teapot');
    await expect(runStep(new Tolerant(), { config: { url: server.url } })).resolves.toMatchObject({ body: 'teapot' });
  });

  it('is text where the content type does not say JSON, in the charset that it says', async () => {
    server.answer = (response) =>
      response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from([0x63, 0xe9]));
    await expect(call()).resolves.toMatchObject({ body: 'cé' });
  });

  it('is JSON of any kind, as application/problem+json', async () => {
    server.answer = (response) => response.writeHead(200, { 'content-type': 'application/hal+json' }).end('[1]');
    await expect(call()).resolves.toMatchObject({ body: [1] });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may be compressed by %s', async (encoding, compress) => {
    server.answer = (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
        .end(compress('{"packed":true}'));
    await expect(call()).resolves.toMatchObject({ body: { packed: true } });
  });

  it('uses the connection of the call before', async () => {
    for (let n = 0; n < 3; n++) await call();
    const before = server.sockets.size;
    for (let n = 0; n < 3; n++) await call();
    expect(server.sockets.size).toBe(before);
  });
});

describe('a status that is no success', () => {
  it.each([500, 501, 502, 504, 599, 408])('is tried again where it is %i', async (status) => {
    server.json(status, { message: 'down' }, { 'retry-after': '9' });
    const error = await failure(call());
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({
      errorCode: `HTTP_${status}`,
      errorCategory: status === 408 || status === 504 ? 'timeout' : 'external_service',
      retryAfter: null,
      context: { method: 'GET', url: `${server.url}/orders`, status, response_body: '{"message":"down"}' },
    });
  });

  it.each([400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 418, 422, 451])(
    'is final where it is %i',
    async (status) => {
      server.json(status, { message: 'no' });
      const error = await failure(call());
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({
        errorCode: `HTTP_${status}`,
        errorCategory: status === 401 || status === 403 ? 'authorization' : 'invalid_request',
        context: { status, response_body: '{"message":"no"}' },
      });
      expect(error.message).toContain(`GET ${server.url}/orders answered ${status}`);
    },
  );

  it.each([
    [429, 'rate_limit'],
    [503, 'external_service'],
  ])('of %i waits as long as Retry-After says in seconds', async (status, errorCategory) => {
    server.json(status, {}, { 'retry-after': '120' });
    const error = await failure(call());
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ errorCode: `HTTP_${status}`, errorCategory, retryAfter: '120' });
    expect(retryAfterMs(error.retryAfter)).toBe(120_000);
  });

  it.each([429, 503])('of %i waits until the HTTP date that Retry-After says', async (status) => {
    server.json(status, {}, { 'retry-after': 'Wed, 21 Oct 2037 07:28:00 GMT' });
    const { retryAfter } = await failure(call());
    expect(retryAfterMs(retryAfter, Date.parse('Wed, 21 Oct 2037 07:27:00 GMT'))).toBe(60_000);
  });

  it.each([429, 503])('of %i without Retry-After leaves the delay to the engine', async (status) => {
    server.json(status, {});
    expect((await failure(call())).retryAfter).toBeNull();
  });

  it('keeps the beginning of its body, 500 characters', async () => {
    server.answer = (response) => response.writeHead(422).end('x'.repeat(10_000));
    expect((await failure(call())).context.response_body).toBe('x'.repeat(500));
  });

  it('is told by its status even where its body is endless', async () => {
    server.answer = (response) => void response.writeHead(500).write('x'.repeat(2_000_000));
    await expect(call()).rejects.toMatchObject({ errorCode: 'HTTP_500' });
  });

  it('is told by its status even where its body breaks off', async () => {
    server.answer = (response) =>
      response.writeHead(404, { 'content-length': '100' }).write('half', () => response.destroy());
    await expect(call()).rejects.toMatchObject({ errorCode: 'HTTP_404', retryable: false });
  });
});

describe('a call without an answer that can be read', () => {
  it('is tried again where the connection is refused', async () => {
    const gone = new ScriptedServer();
    await gone.start();
    const { url } = gone;
    await gone.stop();
    const error = await failure(call({ base_url: url }));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({
      errorCode: 'NETWORK_ERROR',
      errorCategory: 'network',
      context: { url: `${url}/orders`, network_code: 'ECONNREFUSED' },
    });
  });

  it('is tried again where the host is unknown', async () => {
    await expect(call({ base_url: 'http://host.invalid' })).rejects.toMatchObject({
      retryable: true,
      errorCode: 'NETWORK_ERROR',
    });
  });

  it('is tried again where the connection is cut before the answer', async () => {
    server.answer = (response) => void response.destroy();
    await expect(call()).rejects.toMatchObject({ retryable: true, errorCode: 'NETWORK_ERROR' });
  });

  it('is tried again where the connection is cut amid the body', async () => {
    server.answer = (response) =>
      response.writeHead(200, { 'content-length': '100' }).write('{"half":', () => response.destroy());
    await expect(call()).rejects.toMatchObject({ retryable: true, errorCode: 'NETWORK_ERROR' });
  });

  it('is tried again where what answers does not speak HTTP', async () => {
    server.answer = (response) => response.socket!.end('SMTP ready\r\n');
    await expect(call()).rejects.toMatchObject({ retryable: true, errorCode: 'NETWORK_ERROR' });
  });

  it.each([
    ['no headers', () => undefined],
    ['no end of the body', (response: ServerResponse) => void response.writeHead(200).write('{')],
    [
      'headers of a redirect, then nothing',
      (response: ServerResponse, { url }: Received) =>
        url === '/orders' ? void response.writeHead(307, { location: '/slow' }).end() : undefined,
    ],
  ])('is ended after timeout_seconds where there are %s', async (_what, answer) => {
    server.answer = answer;
    const error = await failure(call({ timeout_seconds: 0.1 }));
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({
      errorCode: 'HTTP_TIMEOUT',
      errorCategory: 'timeout',
      context: { url: `${server.url}/orders`, timeout_seconds: 0.1 },
    });
  });

  it.each(['', '{"a":', '<html>'])('is tried again where %j says that it is JSON', async (body) => {
    server.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    const running = call();
    if (body === '') await expect(running).resolves.toMatchObject({ body: null });
    else await expect(running).rejects.toMatchObject({ retryable: true, errorCode: 'RESPONSE_MALFORMED' });
  });

  it('is tried again where it says that it is compressed, and is not', async () => {
    server.answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain');
    await expect(call()).rejects.toMatchObject({ retryable: true, errorCode: 'RESPONSE_MALFORMED' });
  });

  it('is final where the body is longer than the handler takes, and the connection is ended at once', async () => {
    server.answer = (response) => void response.writeHead(200).write('x'.repeat(1_048_577));
    const error = await failure(call());
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ errorCode: 'RESPONSE_TOO_LARGE' });
  });

  it('measures a compressed body by what comes out of it', async () => {
    server.answer = (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_048_577)));
    await expect(call()).rejects.toMatchObject({ errorCode: 'RESPONSE_TOO_LARGE' });
  });

  it('takes a body of exactly the limit', async () => {
    class Small extends ApiStepHandler {
      protected override readonly maxResponseBytes = 10;
    }
    server.answer = (response) => response.end('0123456789');
    await expect(runStep(new Small(), { config: { url: server.url } })).resolves.toMatchObject({ body: '0123456789' });
    server.answer = (response) => response.end('0123456789-');
    await expect(runStep(new Small(), { config: { url: server.url } })).rejects.toMatchObject({
      errorCode: 'RESPONSE_TOO_LARGE',
    });
  });
});

describe("the attempt's signal", () => {
  const reason = new Error('the attempt is over');

  it.each([
    ['before the headers', () => undefined],
    ['amid the body', (response: ServerResponse) => void response.writeHead(200).write('{')],
    ['amid the body of a failure', (response: ServerResponse) => void response.writeHead(500).write('{')],
  ])('ends the call %s, with its own reason', async (_when, begin: (response: ServerResponse) => void) => {
    const attempt = new AbortController();
    const ended = new Promise((resolve) => {
      server.answer = (response) => {
        response.socket!.once('close', resolve);
        begin(response);
        setImmediate(() => attempt.abort(reason));
      };
    });
    await expect(call({}, { signal: attempt.signal })).rejects.toBe(reason);
    await ended;
  });

  it('that has fired already sends nothing', async () => {
    await expect(call({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.received).toEqual([]);
  });
});

describe('what is sent', () => {
  it('names the task, the attempt and the answer that is wanted', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await call({}, { task: { correlationId: 'corr-1', traceparent } });
    expect(server.last).toMatchObject({
      method: 'GET',
      url: '/orders',
      body: '',
      headers: {
        accept: 'application/json',
        'x-correlation-id': 'corr-1',
        'idempotency-key': expect.stringMatching(/^[\da-f-]{36}$/),
        traceparent,
      },
    });
  });

  it('has no traceparent where the task has none, or none that is one', async () => {
    await call();
    expect(server.last.headers).not.toHaveProperty('traceparent');
    await call({}, { task: { traceparent: 'x\r\ny: z' } });
    expect(server.last.headers).not.toHaveProperty('traceparent');
  });

  it('escapes a correlation id that no header could have', async () => {
    await call({}, { task: { correlationId: 'a\r\nx-evil: 1 ж' } });
    expect(server.last.headers['x-correlation-id']).toBe('a%0D%0Ax-evil%3A%201%20%D0%B6');
    expect(server.last.headers).not.toHaveProperty('x-evil');
  });

  it('has the configured headers, which win over the standard ones', async () => {
    await call({ headers: { Accept: 'text/csv', 'X-Tenant': 7, 'X-Flag': true } });
    expect(server.last.headers).toMatchObject({ accept: 'text/csv', 'x-tenant': '7', 'x-flag': 'true' });
  });

  it('has the params in the query, encoded, lists repeated, over those of the url', async () => {
    await call({ url: '/orders?page=1&keep=1', params: { page: 2, q: 'a&b=c d', tag: ['x', 'y'], on: false } });
    expect([...new URL(server.last.url, server.url).searchParams]).toEqual([
      ['keep', '1'],
      ['page', '2'],
      ['q', 'a&b=c d'],
      ['tag', 'x'],
      ['tag', 'y'],
      ['on', 'false'],
    ]);
  });

  it.each([
    [{ bearer: 'abc.def' }, 'authorization', 'Bearer abc.def'],
    [
      { basic: { username: 'ann', password: 'p:ä' } },
      'authorization',
      `Basic ${Buffer.from('ann:p:ä').toString('base64')}`,
    ],
    [{ header: 'X-Api-Key', value: 'k-1' }, 'x-api-key', 'k-1'],
  ])('proves who calls by %j', async (auth, header, value) => {
    await call({ auth });
    expect(server.last.headers[header]).toBe(value);
  });

  it.each(['POST', 'put', 'Patch', 'DELETE'])('carries a JSON body with %s', async (method) => {
    await call({ method, body: { items: [1, 'é'] } });
    expect(server.last).toMatchObject({
      method: method.toUpperCase(),
      body: '{"items":[1,"é"]}',
      headers: { 'content-type': 'application/json', 'content-length': '18' },
    });
  });

  it('carries a form, or text, where the content type says so', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await call({ method: 'POST', headers: form, body: { a: 'x y', b: 1 } });
    expect(server.last.body).toBe('a=x+y&b=1');
    await call({ method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a;b' });
    expect(server.last).toMatchObject({ body: 'a;b', headers: { 'content-type': 'text/csv' } });
  });

  it('says the length of a body that is not there', async () => {
    await call({ method: 'POST' });
    expect(server.last.headers).toMatchObject({ 'content-length': '0' });
  });

  it('goes to an absolute url whatever base_url is, and to a path below that of base_url', async () => {
    await call({ base_url: `${other.url}/v1/`, url: `${server.url}/a` });
    expect(server.last.url).toBe('/a');
    await call({ base_url: `${server.url}/v1/?key=1`, url: 'orders?x=2' });
    expect(server.last.url).toBe('/v1/orders?key=1&x=2');
  });
});

describe('a redirect', () => {
  const to =
    (status: number, location: string) =>
    (response: ServerResponse, { url }: Received) =>
      url.startsWith('/orders') ? void response.writeHead(status, { location }).end() : void response.end('there');

  it.each([301, 302, 303, 307, 308])('of a GET by %i is followed', async (status) => {
    server.answer = to(status, '/moved?x=1');
    await expect(call({ headers: { 'x-own': 'mine' } })).resolves.toMatchObject({ body: 'there' });
    expect(server.last).toMatchObject({ method: 'GET', url: '/moved?x=1', headers: { 'x-own': 'mine' } });
  });

  it.each([307, 308])('of a POST by %i keeps method and body', async (status) => {
    server.answer = to(status, '/moved');
    await call({ method: 'POST', body: { a: 1 } });
    expect(server.last).toMatchObject({ method: 'POST', url: '/moved', body: '{"a":1}' });
  });

  it('of a POST by 303 asks for the result', async () => {
    server.answer = to(303, '/result');
    await call({ method: 'POST', body: { a: 1 } });
    expect(server.last).toMatchObject({ method: 'GET', url: '/result', body: '' });
    expect(server.last.headers).not.toHaveProperty('content-type');
  });

  it.each([301, 302])('of a POST by %i is not followed, because the POST would become a GET', async (status) => {
    server.answer = to(status, '/moved');
    await expect(call({ method: 'POST' })).rejects.toMatchObject({ retryable: false, errorCode: `HTTP_${status}` });
    expect(server.received).toHaveLength(1);
  });

  it('to another host does not tell it what was meant for the first', async () => {
    server.answer = to(302, `${other.url}/elsewhere`);
    await call({
      auth: { header: 'x-api-key', value: 'canary' },
      headers: { cookie: 'canary' },
      params: { k: 'canary' },
    });
    expect(other.received).toHaveLength(1);
    expect(other.last.headers).toHaveProperty('x-correlation-id');
    expect(JSON.stringify(other.last)).not.toContain('canary');
  });

  it('to another host is not followed with a body', async () => {
    server.answer = to(307, `${other.url}/elsewhere`);
    await expect(call({ method: 'POST', body: {} })).rejects.toMatchObject({ errorCode: 'HTTP_307' });
    expect(other.received).toEqual([]);
  });

  it.each(['ftp://host/x', 'file:///etc/passwd', 'http://a:b@127.0.0.1/', 'http://['])(
    'to %s is not followed',
    async (location) => {
      server.answer = to(302, location);
      await expect(call()).rejects.toMatchObject({ errorCode: 'HTTP_302' });
    },
  );

  it('is not followed for ever', async () => {
    server.answer = (response) => response.writeHead(302, { location: '/orders' }).end();
    await expect(call()).rejects.toMatchObject({ retryable: false, errorCode: 'HTTP_302' });
    expect(server.received).toHaveLength(6);
  });

  it('is final where follow_redirects is false', async () => {
    server.answer = to(302, '/moved');
    const error = await failure(call({ follow_redirects: false }));
    expect(error).toMatchObject({ retryable: false, errorCode: 'HTTP_302' });
    expect(server.received).toHaveLength(1);
  });

  it('names the host that failed', async () => {
    server.answer = to(302, `${other.url}/elsewhere?key=canary`);
    other.json(500, {});
    const { message } = await failure(call());
    expect(message).toBe(
      `GET ${server.url}/orders, redirected to ${other.url}/elsewhere, answered 500 Internal Server Error`,
    );
  });
});

describe('a handler of its own', () => {
  interface CartContext {
    cart_id: string | number;
  }

  class CartHandler extends ApiStepHandler<CartContext, { total: number }> {
    protected override readonly configKeys = ['currency'];

    protected override async request({ task, config }: StepContext<CartContext>, configured: ApiRequest) {
      const params = { ...configured.params, currency: config.currency as string };
      return { ...configured, segments: [task.context.cart_id], params };
    }

    protected override onResponse({ body }: ApiResponse<{ total: number }>): { total: number } {
      return { total: body.total };
    }

    protected override baseUrl(): string {
      return server.url;
    }
  }
  const run = (cartId: string | number, config: JsonObject = { currency: 'EUR' }) =>
    runStep(new CartHandler(), { context: { cart_id: cartId }, config: { url: '/carts', ...config } });

  it('builds its request from the task, and its result from the response', async () => {
    server.json(200, { total: 9.5, more: 1 });
    await expect(run(5)).resolves.toEqual({ total: 9.5 });
    expect(server.last.url).toBe('/carts/5?currency=EUR');
  });

  it.each(['a/../b', '//host', '?x=1', '#', '@host', '%2e%2e', 'ä b'])(
    'sends %j as one part of the path',
    async (id) => {
      await run(id);
      const path = server.last.url.split('?')[0]!;
      expect(path.split('/')).toHaveLength(3);
      expect(decodeURIComponent(path.split('/')[2]!)).toBe(id);
    },
  );

  it.each(['', '.', '..', '\uD800'])('does not send %j, which is no part of a path', async (id) => {
    await expect(run(id)).rejects.toMatchObject({
      retryable: false,
      errorCode: 'REQUEST_INVALID',
      context: { findings: [{ path: 'segments[0]', message: expect.any(String) }] },
    });
    expect(server.received).toEqual([]);
  });

  it.each(['value\r\nx-evil: 1', 'a\nb', 'nul\0', 'ж'])('refuses the header %j', async (value) => {
    class Injecting extends ApiStepHandler {
      protected override request(_context: StepContext, configured: ApiRequest): ApiRequest {
        return { ...configured, headers: { 'x-user': value, 'bad name': 'x', 'Content-Length': 1 } };
      }
    }
    const error = await failure(runStep(new Injecting(), { config: { url: server.url } }));
    expect(error).toMatchObject({ retryable: false, errorCode: 'REQUEST_INVALID' });
    expect((error.context.findings as unknown as { path: string }[]).map(({ path }) => path)).toEqual([
      'headers.x-user',
      'headers.bad name',
      'headers.Content-Length',
    ]);
    expect(server.received).toEqual([]);
  });

  it('passes on what request and onResponse throw', async () => {
    class Checking extends ApiStepHandler<unknown, never> {
      protected override onResponse(): never {
        throw new RetryableError('not yet', { errorCode: 'PENDING' });
      }
    }
    await expect(runStep(new Checking(), { config: { url: server.url } })).rejects.toMatchObject({
      errorCode: 'PENDING',
    });
  });
});

describe('secrets', () => {
  const CANARY = 'C4naryC4naryC4nary';
  const config = {
    method: 'POST',
    url: `/hooks/T0ken/cAnAry1234567890abcdef?signature=${CANARY}-url`,
    auth: { basic: { username: 'ann', password: `${CANARY}-password "é"` } },
    headers: { 'x-api-key': `${CANARY}-header`, cookie: `session=${CANARY}` },
    params: { api_key: `${CANARY} param+é` },
    body: { user: { password: `${CANARY}-body` } },
  };
  const told = (error: Error): string =>
    JSON.stringify(failureOf(error, 1)) + inspect(error, { depth: 10 }) + error.stack;

  function expectNoSecret(error: Error): void {
    const text = told(error);
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain('cAnAry1234567890abcdef');
    expect(text).not.toContain(Buffer.from(`ann:${config.auth.basic.password}`).toString('base64'));
    expect(error.message).not.toContain('?');
  }

  it.each([302, 400, 401, 404, 429, 500, 503])(
    'are not told by an answer of %i that repeats the headers',
    async (status) => {
      server.answer = (response, { headers }) => {
        response.writeHead(status, { 'content-type': 'application/json', location: `/x?api_key=${CANARY}` });
        response.end(JSON.stringify(headers));
      };
      const error = await failure(call({ ...config, follow_redirects: false }));
      expect(error.context).toMatchObject({ url: `${server.url}/hooks/T0ken/[masked]`, status });
      expect(error.context.response_body).toContain('[masked]');
      expectNoSecret(error);
    },
  );

  it.each<[string, (request: Received) => unknown]>([
    ['the url', ({ url }) => url],
    ['the url decoded', ({ url }) => new URLSearchParams(url.split('?')[1]).toString() + decodeURIComponent(url)],
    ['the body', ({ body }) => body],
    ['the body in JSON', ({ body }) => ({ body })],
    ['the login', () => config.auth.basic.password],
    ['the login in JSON', () => ({ login: [config.auth.basic] })],
    ['a token of its own', () => ({ data: { access_token: CANARY, expires: 1 }, refreshToken: `${CANARY}"\\` })],
    ['a secret beyond what is looked at', () => `${CANARY}-body`.repeat(800)],
  ])('are not told by an answer that repeats %s', async (_what, echo) => {
    server.answer = (response, request) => {
      const said = echo(request);
      response.writeHead(400).end(typeof said === 'string' ? said : JSON.stringify(said));
    };
    expectNoSecret(await failure(call(config)));
  });

  it('are not told by malformed JSON, a timeout, a lost connection or too long an answer', async () => {
    const answers: [typeof server.answer, string][] = [
      [(response) => response.writeHead(200, { 'content-type': 'application/json' }).end(CANARY), 'RESPONSE_MALFORMED'],
      [() => undefined, 'HTTP_TIMEOUT'],
      [(response) => void response.destroy(), 'NETWORK_ERROR'],
      [(response) => response.end(CANARY.repeat(100_000)), 'RESPONSE_TOO_LARGE'],
    ];
    for (const [answer, errorCode] of answers) {
      server.answer = answer;
      const error = await failure(call({ ...config, timeout_seconds: 0.2 }));
      expect(error).toMatchObject({ errorCode });
      expectNoSecret(error);
    }
  });

  it('are not told by a config or a request that is refused', async () => {
    const broken = {
      ...config,
      url: `http://ann:${CANARY}@host/`,
      headers: { 'x-api-key': `${CANARY}\r\n` },
      timeout_seconds: CANARY,
    };
    expectNoSecret(await failure(call(broken)));
    class Broken extends ApiStepHandler {
      protected override request(): ApiRequest {
        return { url: `http://host:${CANARY}/`, headers: { 'x-api-key': `${CANARY}\n` }, body: CANARY };
      }
    }
    expectNoSecret(await failure(runStep(new Broken())));
  });
});
