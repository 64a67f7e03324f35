import {
  PermanentError,
  StepHandler,
  TaskHandler,
  type JsonObject,
  type TaskDefinition,
  type TaskRequest,
} from '../../src/index.js';
import { eventually } from '../support/engine.js';
import { startApi, type ApiServer } from './api-server.js';

@StepHandler('greet')
class Greet {
  process(): string {
    return 'hello';
  }
}

@TaskHandler({ name: 'greeting' })
class GreetingTask {
  defineSteps(): TaskDefinition {
    return [{ name: 'greet', handler_class: 'greet' }];
  }
  beforeInitialize({ context }: TaskRequest): void {
    if (context.who === 'nobody') throw new PermanentError('Nobody is not greeted.', { errorCode: 'NOBODY' });
    if (context.who === 'trouble') throw new Error('the list of guests is at postgres://me:secret@host');
  }
  annotate(): JsonObject {
    return { greeted: true };
  }
}

describe('a task handler, over HTTP', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApi('fastify', { templates: [], handlers: [Greet, GreetingTask], roles: ['api', 'worker'] });
  });
  afterAll(() => server?.stop());

  const create = (who: string, status: number) =>
    server.http
      .post('/tasker/tasks')
      .send({ name: 'greeting', context: { who }, initiator: 'a', reason: 'b', source_system: 'c' })
      .expect(status);

  it('refuses a request with 422 and its own words, and stores nothing', async () => {
    const before = await server.countRows();
    const { body } = await create('nobody', 422);
    expect(body).toMatchObject({ status: 422, code: 'task_refused', detail: 'Nobody is not greeted.' });
    expect(await server.countRows()).toEqual(before);
  });

  it('that fails is a fault of the server, whose words stay there', async () => {
    const { text } = await create('trouble', 500);
    expect(text).not.toContain('secret');
  });

  it('shows what it says of a task with the task', async () => {
    const { body } = await create('all', 201);
    expect(body.annotations).toBeNull();
    const show = async (): Promise<{ annotations: unknown }> =>
      (await server.http.get(`/tasker/tasks/${body.task_id}`).expect(200)).body;
    await eventually('it is annotated', async () => (await show()).annotations !== null);
    expect((await show()).annotations).toEqual({ greeted: true });
  });

  it('is a handler like those of YAML', async () => {
    const { body } = await server.http.get('/tasker/handlers/default/greeting').expect(200);
    expect(body).toMatchObject({ name: 'greeting', version: '0.1.0' });
    const registry = (await server.http.get('/tasker/registries/task_handlers').expect(200)).body;
    expect(registry.stats).toMatchObject({ registry_name: 'task_handlers', total: 1 });
  });
});
