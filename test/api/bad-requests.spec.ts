import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';
import { BAD_REQUESTS } from './bad-requests.js';

const LEAKS = /select |insert |\bat .+:\d+:\d+|node_modules|postgres(ql)?:\/\/|QueryFailedError/i;

describe.each(ADAPTERS)('bad requests under %s', (adapter) => {
  let server: ApiServer;
  let taskId: string;

  beforeAll(async () => {
    server = await startApi(adapter);
    const answer = await server.http.post('/tasker/tasks').send(GOOD).expect(201);
    taskId = (answer.body as { task_id: string }).task_id;
  });
  afterAll(() => server?.stop());

  it.each(BAD_REQUESTS)('$fact is answered with $status $code', async ({ send, status, code, paths, says }) => {
    const before = await server.countRows();
    const { body, text, ...answer } = await send(server, taskId);
    expect({ status: answer.status, code: (body as { code: string }).code, text }).toMatchObject({ status, code });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: `urn:tasker:problem:${code}`,
      title: expect.stringMatching(/^[A-Z][a-z ]+$/),
      status,
      detail: expect.stringMatching(/./),
      code,
      errors: expect.any(Array),
      correlation_id: answer.headers['x-correlation-id'],
    });
    const { errors } = body as { errors: { path: string; message: string }[] };
    if (paths) expect(errors.map(({ path }) => path).sort()).toEqual([...paths].sort());
    if (says) expect(text.replaceAll('\\"', '"')).toMatch(says);
    expect(text).not.toMatch(LEAKS);
    expect(await server.countRows()).toEqual(before);
    await server.http.get('/tasker/health/live').expect(200, { status: 'live' });
  });

  it('the same key with another request is answered with 409', async () => {
    await server.http
      .post('/tasker/tasks')
      .send({ ...GOOD, idempotency_key: 'taken' })
      .expect(201);
    const before = await server.countRows();
    const { body } = await server.http
      .post('/tasker/tasks')
      .send({ ...GOOD, context: { cart_id: 9 }, idempotency_key: 'taken' })
      .expect(409);
    expect(body).toMatchObject({ code: 'idempotency_conflict', status: 409 });
    expect(await server.countRows()).toEqual(before);
  });

  it('the correlation id of a refused request is its own', async () => {
    const { body, headers } = await server.http
      .post('/tasker/tasks')
      .set('X-Correlation-ID', 'order-17')
      .send({})
      .expect(400);
    expect(body).toMatchObject({ correlation_id: 'order-17' });
    expect(headers['x-correlation-id']).toBe('order-17');
  });

  it('a correlation id that no header can hold is not echoed', async () => {
    const { body } = await server.http
      .post('/tasker/tasks')
      .send({ ...GOOD, correlation_id: 'a\r\nSet-Cookie: x=1' })
      .expect(400);
    expect((body as { correlation_id: string }).correlation_id).toMatch(/^[0-9a-f-]{36}$/);
  });
});
