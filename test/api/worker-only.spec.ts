import { startApi, type ApiServer } from './api-server.js';

describe('a process that only runs steps', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApi('fastify', { roles: ['worker'], templates: [] });
  });
  afterAll(() => server.stop());

  it('answers those who probe it', async () => {
    await server.http.get('/tasker/health/live').expect(200);
    const { body } = await server.http.get('/tasker/health/ready').expect(200);
    expect(body).toMatchObject({ checks: { worker: { status: 'up' } } });
  });

  it('takes no requests', async () => {
    await server.http.post('/tasker/tasks').send({}).expect(404);
    await server.http.get('/tasker/tasks').expect(404);
  });
});
