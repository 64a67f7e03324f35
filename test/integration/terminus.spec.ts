import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { TaskerHealth, TaskerModule } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { SeverableDatabase } from '../api/severable-database.js';
import { eventually } from '../support/engine.js';

@Controller('healthz')
class HostHealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly tasker: TaskerHealth,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.tasker.isHealthy(), () => this.tasker.isHealthy('workflows')]);
  }
}

@Module({ imports: [TerminusModule], controllers: [HostHealthController] })
class HostHealthModule {}

describe("an application's own Terminus", () => {
  let database: TestDatabase;
  let way: SeverableDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    way = await SeverableDatabase.to(database.url);
    const tasker = TaskerModule.forRoot({ database: { url: way.url }, roles: ['api'], http: { enabled: false } });
    const module = await Test.createTestingModule({ imports: [tasker, HostHealthModule] }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app?.close();
    await way?.sever();
    await database?.drop();
  });

  it('takes Tasker for an indicator, which turns red and green with the database', async () => {
    const http = supertest(await app.getUrl());
    const { body } = await http.get('/healthz').expect(200);
    const up = { status: 'up', checks: { database: { status: 'up' }, migrations: { status: 'up' } } };
    expect(body).toMatchObject({ status: 'ok', info: { tasker: up, workflows: up }, error: {} });

    await way.sever();
    await eventually('it is red', async () => (await http.get('/healthz')).status === 503);
    const outage = await http.get('/healthz').expect(503);
    const down = { status: 'down', checks: { database: { status: 'down' } } };
    expect(outage.body).toMatchObject({ status: 'error', error: { tasker: down, workflows: down } });

    await way.restore();
    await eventually('it is green', async () => (await http.get('/healthz')).status === 200);
  });

  it('finds the whole report, too', async () => {
    await expect(app.get(TaskerHealth, { strict: false }).report()).resolves.toMatchObject({
      status: 'degraded',
      checks: { workers: { detail: 'no worker is alive: steps wait' } },
    });
  });
});
