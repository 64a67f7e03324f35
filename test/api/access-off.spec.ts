import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { networkInterfaces } from 'node:os';
import supertest from 'supertest';
import { TASKER_CONTROLLERS } from '../../src/api/access/access.guard.js';
import {
  setupProblems,
  TaskerModule,
  type AccessQuestion,
  type Authenticator,
  type Authorizer,
  type Principal,
} from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ADAPTERS, startApi } from './api-server.js';

const steps = [{ name: 'one', handler_class: 'one' }];
const RESTRICTED = {
  name: 'refund',
  step_templates: steps,
  security: { access_control: { allowed_roles: ['finance'] } },
};
const asked = (name: string) => ({ name, context: {}, initiator: 'a', reason: 'b', source_system: 'c' });

describe.each(ADAPTERS)('without authentication, under %s', (adapter) => {
  let server: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    server = await startApi(adapter, { templates: [{ name: 'plain', step_templates: steps }, RESTRICTED] });
  });
  afterAll(() => server?.stop());

  it('this machine is answered', async () => {
    await server.http.post('/tasker/tasks').send(asked('plain')).expect(201);
    await server.http.get('/tasker/docs').expect(200);
  });

  it.each([{ 'X-Forwarded-For': '10.0.0.7' }, { Forwarded: 'for=10.0.0.7' }, { Host: 'evil.example.org' }])(
    'nobody is answered who may be elsewhere: %j',
    async (headers) => {
      for (const path of ['tasks', 'docs', 'openapi.json', 'stream']) {
        const { body } = await server.http.get(`/tasker/${path}`).set(headers).expect(403);
        expect(body).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('Set `auth`') });
      }
      await server.http.get('/tasker/health/live').set(headers).expect(200);
    },
  );

  it('nobody works with tasks of a template that asks who they are', async () => {
    const { body, headers } = await server.http.post('/tasker/tasks').send(asked('refund')).expect(401);
    expect(body).toMatchObject({ code: 'unauthenticated' });
    expect(headers['www-authenticate']).toBe('Bearer realm="tasker"');
    const id = (
      await server.client.createTask({ name: 'refund', context: {}, initiator: 'a', reason: 'b', sourceSystem: 'c' })
    ).taskId;
    await server.http.get(`/tasker/tasks/${id}`).expect(401);
    await server.http.delete(`/tasker/tasks/${id}`).expect(401);
    expect((await server.http.get('/tasker/tasks?name=refund').expect(200)).body).toMatchObject({ tasks: [] });
  });
});

describe('in the application of a host', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database?.drop());

  @Controller('own')
  class OwnController {
    @Get()
    show(): string {
      return 'mine';
    }
  }

  /** As one of the host's, with what it depends on. */
  @Injectable()
  class Accounts {
    readonly known = new Map<string, Principal>([['ann', { name: 'ann', permissions: [] }]]);
  }
  @Injectable()
  class ByName implements Authenticator {
    constructor(private readonly accounts: Accounts) {}
    authenticate({ headers }: { headers: Record<string, unknown> }): Principal | null {
      return this.accounts.known.get(String(headers['x-name'])) ?? null;
    }
  }
  const questions: AccessQuestion[] = [];
  @Injectable()
  class OnlyToRead implements Authorizer {
    authorize(_principal: Principal, question: AccessQuestion): Promise<boolean> {
      questions.push(question);
      return Promise.resolve(/:(index|show)$/.test(question.permission));
    }
  }
  @Module({ providers: [Accounts, ByName], exports: [Accounts] })
  class AccountsModule {}

  it("asks the host's own authenticator and authorizer, and leaves the host's routes alone", async () => {
    const tasker = TaskerModule.forRoot({
      database: { url: database.url, poolSize: 4 },
      roles: ['api'],
      auth: { authenticator: ByName, authorizer: OnlyToRead },
    });
    const module = await Test.createTestingModule({
      imports: [tasker, AccountsModule],
      controllers: [OwnController],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    try {
      await app.listen(0, '127.0.0.1');
      const http = supertest(await app.getUrl());
      await http.get('/own').set('X-Forwarded-For', '10.0.0.7').expect(200, 'mine');
      await http.get('/tasker/tasks').expect(401);
      await http.get('/tasker/tasks').set('X-Name', 'ann').expect(200);
      await http.post('/tasker/tasks').set('X-Name', 'ann').send(asked('x')).expect(403);
      const id = '01890a5d-ac96-774b-bcce-b302099a8057';
      await http.get(`/tasker/tasks/${id}`).set('X-Name', 'ann').expect(404);
      expect(questions.at(-1)).toEqual({ permission: 'tasker.task:show', taskId: id });
    } finally {
      await app.close();
    }
  });

  it('refuses other machines where the host listens on every address', async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    const tasker = TaskerModule.forRoot({ database: { url: database.url, poolSize: 4 }, roles: ['api'] });
    const module = await Test.createTestingModule({ imports: [tasker] }).compile();
    const app = module.createNestApplication({ logger: false });
    try {
      await app.listen(0);
      const { port } = app.getHttpServer().address() as { port: number };
      await supertest(`http://127.0.0.1:${port}`).get('/tasker/tasks').expect(200);
      if (address !== undefined) await supertest(`http://${address}:${port}`).get('/tasker/tasks').expect(403);
    } finally {
      await app.close();
    }
  });

  it('refuses a route of Tasker that does not say what it needs', async () => {
    const tasker = TaskerModule.forRoot({ database: { url: database.url, poolSize: 4 }, roles: ['api'] });
    const module = await Test.createTestingModule({ imports: [tasker], controllers: [OwnController] })
      .overrideProvider(TASKER_CONTROLLERS)
      .useValue([OwnController])
      .compile();
    const app = setupProblems(module.createNestApplication({ logger: false }));
    try {
      await app.listen(0, '127.0.0.1');
      const { body } = await supertest(await app.getUrl())
        .get('/own')
        .expect(403);
      expect(body).toMatchObject({ code: 'forbidden', detail: 'This route does not say what it needs.' });
    } finally {
      await app.close();
    }
  });
});
