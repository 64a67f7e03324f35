import type { INestApplication } from '@nestjs/common';
import { EventStreams } from '../../src/api/streams/event-streams.js';
import { EventCatalog, StepHandler, type TemplateDefinition } from '../../src/index.js';
import { payloadProblem } from '../support/payloads.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { EventSource } from './event-source.js';

@StepHandler('work')
class Work {
  process({ task }: { task: { context: { size?: number } } }) {
    return { text: 'x'.repeat(task.context.size ?? 1) };
  }
}

const TEMPLATES: TemplateDefinition[] = ['shop', 'bank'].map((namespace) => ({
  namespace,
  name: 'streamed',
  step_templates: [
    { name: 'a', handler_class: 'work' },
    { name: 'b', handler_class: 'work', depends_on_step: 'a' },
  ],
}));

/** Of each task here, in the order of the audit. */
const LIFE = [
  'task.initialize_requested',
  'task.started',
  'step.execution_requested',
  'step.started',
  'step.completed',
  'step.execution_requested',
  'step.started',
  'step.completed',
  'task.completed',
  'workflow.task_finalized',
];

describe.each(ADAPTERS)('streams under %s', (adapter) => {
  let server: ApiServer;
  let base: string;
  const sources: EventSource[] = [];

  beforeAll(async () => {
    server = await startApi(adapter, { templates: TEMPLATES, handlers: [Work], roles: ['api', 'worker'] });
    base = `${await server.app.getUrl()}/tasker`;
  });
  afterEach(() => sources.splice(0).forEach((source) => source.close()));
  afterAll(() => server?.stop());

  const open = async (path: string, lastEventId?: string): Promise<EventSource> => {
    const source = await EventSource.open(base + path, lastEventId);
    sources.push(source);
    return source;
  };
  const create = async (namespace = 'shop', context: object = {}, correlationId?: string): Promise<string> => {
    const request = { namespace, name: 'streamed', context, initiator: 'a', reason: 'b', sourceSystem: 'c' };
    return (await server.client.createTask({ ...request, ...(correlationId && { correlationId }) } as never)).taskId;
  };
  const of = (source: EventSource, taskId: string): string[] =>
    source.events.filter(({ data }) => data.task_id === taskId).map(({ event }) => event);
  const ended = (taskId: string) => (source: EventSource) => of(source, taskId).includes('workflow.task_finalized');

  it('send what happens, in the form of server-sent events, with payloads as the catalog has them', async () => {
    const source = await open('/stream');
    expect(source.response.statusCode).toBe(200);
    expect(source.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-correlation-id': expect.any(String),
    });
    const taskId = await create();
    await source.until('the task has ended', ended(taskId));
    expect(of(source, taskId)).toEqual(LIFE);
    expect(source.retry).toBe(2_000);
    const catalog = server.app.get(EventCatalog, { strict: false });
    for (const { id, event, data } of source.events) {
      expect(data).toMatchObject({ event, event_id: id });
      expect(payloadProblem(catalog, data as never)).toBeNull();
    }
  });

  it('go on after the last event that was received, without a gap and without a repetition', async () => {
    const first = await open('/stream');
    const before = await create();
    await first.until('the first task has ended', ended(before));
    const missed = await create();
    await first.until('the second task has ended', ended(missed));
    for (const at of [0, 3, first.events.length - 2]) {
      const again = await open('/stream', first.events[at]!.id);
      await again.until('the second task has ended', ended(missed));
      expect(again.events.map(({ id }) => id)).toEqual(first.events.slice(at + 1).map(({ id }) => id));
    }
  });

  it('of a task begin with all that has happened, and go on after its end', async () => {
    const taskId = await create();
    const another = await create();
    await server.client.waitFor(taskId, { timeoutMs: 10_000 });
    const source = await open(`/tasks/${taskId.toUpperCase()}/stream`);
    await source.until('the task has ended', ended(taskId));
    await server.client.waitFor(another, { timeoutMs: 10_000 });
    expect(source.names).toEqual(LIFE);
    expect(source.isEnded).toBe(false);
    const resumed = await open(`/tasks/${taskId}/stream`, source.events[6]!.id);
    await resumed.until('the task has ended', ended(taskId));
    expect(resumed.names).toEqual(LIFE.slice(7));
  });

  it('send only what is asked for', async () => {
    const all = await open('/stream');
    const shop = await open('/stream?namespace=shop&events=task.*,step_completed');
    const bank = await open('/stream?namespace=bank&name=streamed');
    const mine = await open('/stream?correlation_id=mine-17');
    const [inShop, inBank] = [await create('shop'), await create('bank', {}, 'mine-17')];
    await all.until('both have ended', (source) => ended(inShop)(source) && ended(inBank)(source));
    await bank.until('the task of the bank has ended', ended(inBank));
    await mine.until('the task has ended', ended(inBank));
    expect(shop.names).toEqual(LIFE.filter((name) => name.startsWith('task.') || name === 'step.completed'));
    expect(bank.names).toEqual(LIFE);
    expect(mine.names).toEqual(LIFE);
  });

  it('refuse what they cannot send, and say what is wrong', async () => {
    const { body } = await server.http.get('/tasker/stream?events=task.complted,step.*,order.&nmespace=x').expect(400);
    expect(body).toMatchObject({ code: 'request_invalid' });
    expect(JSON.stringify(body.errors)).toMatch(/nmespace/);
    const patterns = await server.http.get('/tasker/stream?events=task.complted').expect(400);
    expect(patterns.body.errors).toEqual([
      { path: 'events', message: expect.stringContaining('Did you mean "task.completed"?') },
    ]);
    const unaudited = await server.http.get('/tasker/stream?events=observability.worker.lost').expect(400);
    expect(unaudited.body.detail).toContain('not in the audit trail');
    await server.http.get('/tasker/stream').set('Last-Event-ID', 'yesterday').expect(400);
    const unknown = await server.http.get('/tasker/tasks/01890a5d-ac96-774b-bcce-b302099a8057/stream').expect(404);
    expect(unknown.body.code).toBe('task_not_found');
  });

  it('begin with what comes where the id is of a database that is not this one any more', async () => {
    const source = await open('/stream', '900000000000-0-00000000');
    const taskId = await create();
    await source.until('the task has ended', ended(taskId));
    expect(of(source, taskId)).toEqual(LIFE);
  });

  it('say every 15 seconds that they are there', async () => {
    const interval = jest.spyOn(global, 'setInterval');
    const source = await open('/stream');
    const [beat] = interval.mock.calls.find(([, ms]) => ms === 15_000)!;
    interval.mockRestore();
    beat();
    await source.until('a heartbeat', ({ comments }) => comments.includes(': heartbeat'));
  });

  it('keep little for a reader that takes nothing, which gets all of it when it reads on', async () => {
    const slow = await open('/stream?events=step.completed,workflow.task_finalized');
    const quick = await open('/stream?events=step.completed,workflow.task_finalized');
    slow.response.pause();
    const size = 200_000;
    const tasks: string[] = [];
    for (let n = 0; n < 40; n++) tasks.push(await create('shop', { size }));
    await quick.until('all have ended', (source) => tasks.every((taskId) => ended(taskId)(source)));
    expect(mostBuffered(server.app)).toBeLessThan(2 * size + 100_000);
    expect(slow.events.length).toBeLessThan(quick.events.length);
    slow.response.resume();
    await slow.until('all have come', ({ events }) => events.length === quick.events.length);
    expect(slow.events.map(({ id }) => id)).toEqual(quick.events.map(({ id }) => id));
  }, 30_000);

  it('end with the server', async () => {
    const own = await startApi(adapter, { templates: TEMPLATES });
    const source = await EventSource.open(`${await own.app.getUrl()}/tasker/stream`);
    await own.stop();
    await source.until('the end', ({ isEnded }) => isEnded);
  });
});

/** Bytes that the server keeps for one of those who listen. */
function mostBuffered(app: INestApplication): number {
  type Inside = { open: Set<{ response: { writableLength: number } }> };
  const streams = app.get<EventStreams, Inside>(EventStreams, { strict: false });
  return Math.max(...[...streams.open].map(({ response }) => response.writableLength));
}
