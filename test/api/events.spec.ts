import type { OpenAPIObject } from '@nestjs/swagger';
import { EventCatalog, type EventInfo } from '../../src/index.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';

const { catalog } = new EventCatalog();

describe.each(ADAPTERS)('the catalog of events under %s', (adapter) => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApi(adapter);
  });
  afterAll(() => server?.stop());

  const namesOf = async (query: string): Promise<string[]> => {
    const { body } = await server.http.get(`/tasker/events${query}`).expect(200);
    return (body as { events: { name: string }[] }).events.map(({ name }) => name);
  };

  it('lists every event with all that there is to know', async () => {
    const { body, headers } = await server.http.get('/tasker/events').expect(200);
    expect(body).toEqual({ events: Object.values<EventInfo>(catalog) });
    expect(headers['x-correlation-id']).toMatch(/./);
  });

  it('narrows the list by category and by words', async () => {
    const ofTasks = Object.keys(catalog).filter((name) => name.startsWith('task.'));
    expect(await namesOf('?category=task')).toEqual(ofTasks);
    expect(await namesOf('?q=task_cancelled')).toEqual(['task.cancelled']);
    expect(await namesOf('?q=cancelled&category=step')).toEqual(['step.cancelled']);
    expect(await namesOf('?category=custom')).toEqual([]);
    expect(await namesOf('?q=unheard-of')).toEqual([]);
  });

  it.each(['task.completed', 'task_completed'])('shows %s', async (name) => {
    const { body } = await server.http.get(`/tasker/events/${name}`).expect(200);
    expect(body).toEqual(catalog['task.completed']);
  });

  it.each([
    ['task.complted', 404, 'event_unknown', /Did you mean \\"task.completed\\"/],
    ['constructor', 404, 'event_unknown', /Known: /],
    ['%00%0a', 404, 'event_unknown', /Known: /],
    ['task.completed?verbose=1', 400, 'request_invalid', /verbose/],
    ['?category=taks', 400, 'request_invalid', /task, step/],
    ['?q=', 400, 'request_invalid', /q/],
    ['?q=a&q=b', 400, 'request_invalid', /once/],
    ['?categry=task', 400, 'request_invalid', /\\"category\\"/],
  ])('answers /%s with %i %s', async (path, status, code, says) => {
    const answer = await server.http.get(`/tasker/events${path.startsWith('?') ? '' : '/'}${path}`);
    expect({ status: answer.status, code: (answer.body as { code: string }).code }).toEqual({ status, code });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.text).toMatch(says);
  });

  it('is in the OpenAPI document', async () => {
    const { body } = await server.http.get('/tasker/openapi.json').expect(200);
    const { paths, components } = body as OpenAPIObject;
    expect(Object.keys(paths['/tasker/events']!)).toEqual(['get']);
    expect(Object.keys(paths['/tasker/events/{name}']!.get!.responses)).toEqual(
      expect.arrayContaining(['200', '400', '404']),
    );
    const { properties } = components!.schemas!.EventInfo as { properties: object };
    expect(Object.keys(properties).sort()).toEqual(Object.keys(catalog['task.failed']).sort());
  });
});
