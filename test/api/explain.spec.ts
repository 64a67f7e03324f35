import {
  PermanentError,
  RetryableError,
  StepHandler,
  type StepContext,
  type TemplateDefinition,
} from '../../src/index.js';
import { eventually, Gate } from '../support/engine.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';

/** Steps that hang go on once the tests are done. */
let gate: Gate;

@StepHandler('work')
class Work {
  process({ task }: StepContext<{ hang?: boolean }>): Promise<unknown> {
    return task.context.hang ? gate.pass() : Promise.resolve({ worked: true });
  }
}

@StepHandler('fail')
class Fail {
  process({ task }: StepContext<{ again?: boolean }>): void {
    if (task.context.again) throw new RetryableError('The bank is busy', { errorCode: 'HTTP_503', retryAfter: 3_000 });
    throw new PermanentError('The card was refused', { errorCode: 'HTTP_402', context: { password: 'secret' } });
  }
}

const TEMPLATES: TemplateDefinition[] = [
  {
    name: 'order',
    step_templates: [
      { name: 'charge', handler_class: 'fail' },
      { name: 'ship', handler_class: 'work', depends_on_step: 'charge' },
    ],
  },
  {
    name: 'strict',
    workflow_config: { failure_strategy: 'stop_on_first_failure' },
    step_templates: [
      { name: 'charge', handler_class: 'fail' },
      { name: 'ship', handler_class: 'work', depends_on_step: 'charge' },
    ],
  },
  { name: 'slow', step_templates: [{ name: 'eu/a:b', handler_class: 'work' }] },
  {
    name: 'places',
    performance: { concurrency: { max_concurrent_tasks: 1 } },
    step_templates: [{ name: 'only', handler_class: 'work' }],
  },
];

interface Answer {
  summary: string;
  reasons: { kind: string }[];
  what_moves_it: RemedyAnswer[];
  steps: { name: string; status: string; what_moves_it: RemedyAnswer[] }[];
}

interface RemedyAnswer {
  action: string;
  request: { method: string; path: string; body: object } | null;
  command: string | null;
}

const LATER = '2099-01-01T00:00:00.000Z';

describe.each(ADAPTERS)('the explanation of a task under %s', (adapter) => {
  let server: ApiServer;

  beforeAll(async () => {
    gate = new Gate();
    server = await startApi(adapter, { templates: TEMPLATES, handlers: [Work, Fail], roles: ['api', 'worker'] });
  });
  afterAll(() => {
    gate.open();
    return server?.stop();
  });

  const create = async (name: string, context: object = {}, more: object = {}): Promise<string> => {
    const request = { name, context, initiator: 'a', reason: 'b', source_system: 'c', ...more };
    return ((await server.http.post('/tasker/tasks').send(request).expect(201)).body as { task_id: string }).task_id;
  };
  const explain = async (taskId: string, query = ''): Promise<Answer> =>
    (await server.http.get(`/tasker/tasks/${taskId}/explain${query}`).expect(200)).body as Answer;
  const isExplained = (taskId: string, kind: string): Promise<void> =>
    eventually(`the task waits: ${kind}`, async () =>
      (await explain(taskId)).reasons.some((each) => each.kind === kind),
    );

  /** Tasks in which somebody has to do something, or could. */
  const SITUATIONS: [string, string, () => Promise<string>][] = [
    ['failed', 'failed', () => create('order')],
    ['stopped', 'stopped', () => create('strict')],
    ['backoff', 'backoff', () => create('order', { again: true })],
    ['run_at', 'run_at', () => create('order', {}, { run_at: LATER })],
    ['running', 'running', () => create('slow', { hang: true })],
    [
      'paused',
      'paused',
      async () => {
        const taskId = await create('slow', {}, { run_at: LATER });
        await server.http.post(`/tasker/tasks/${taskId}/pause`).send({ reason: 'count' }).expect(200);
        return taskId;
      },
    ],
    [
      'template_limit',
      'template_limit',
      async () => {
        await create('places', { hang: true });
        return create('places', {});
      },
    ],
  ];

  it.each(SITUATIONS)(
    'names requests that are accepted as they stand, of one that is %s',
    async (_name, kind, make) => {
      const first = await make();
      await isExplained(first, kind);
      const { what_moves_it: own, steps } = await explain(first);
      const remedies = [...own, ...steps.flatMap((step) => step.what_moves_it)].filter(
        ({ request }) => request !== null,
      );
      expect(kind === 'run_at' || remedies.length > 0).toBe(true);
      for (const { request } of remedies) {
        const taskId = await make();
        await isExplained(taskId, kind);
        const path = request!.path.replace(first, taskId);
        const { status, body } = await server.http[request!.method.toLowerCase() as 'post'](path).send(request!.body);
        expect({ path, status, body: body as object }).toMatchObject({ path, status: 200 });
      }
    },
  );

  it('says of a failed task which step failed with what, and how it is repaired', async () => {
    const taskId = await create('order');
    await isExplained(taskId, 'failed');
    await server.client.waitFor(taskId, { timeoutMs: 10_000 });
    expect(await explain(taskId)).toMatchObject({
      task_id: taskId,
      full_name: 'default.order@0.1.0',
      status: 'error',
      execution_status: 'blocked_by_failures',
      at: expect.stringMatching(/Z$/) as string,
      summary:
        'default.order@0.1.0 (error): 0 of 2 steps finished. charge: Attempt 1 of 3 failed with HTTP_402 (The card was ' +
        'refused), and no further attempt is made: it waits for a repair. 1 step waits for that. What moves it: Have the ' +
        'step tried again, or tried now.',
      reasons: [{ kind: 'failed', moved_by: 'operator', steps: ['charge'], step_count: 1, holds: 1, until: null }],
      what_moves_it: [
        {
          action: 'retry_step',
          request: {
            method: 'PATCH',
            path: `/tasker/tasks/${taskId}/workflow_steps/charge`,
            body: { action: 'retry', reason: '<why>' },
          },
          command: `tasker step retry ${taskId} charge --reason '<why>'`,
        },
        { action: 'retry' },
        { action: 'resolve' },
        { action: 'resolve_step' },
        { action: 'complete_step' },
        { action: 'skip_step' },
        { action: 'cancel_step' },
      ],
      steps: [
        {
          name: 'charge',
          status: 'error',
          errors: [{ attempt: 1, outcome: 'failed', error_class: 'PermanentError', error_code: 'HTTP_402' }],
        },
        { name: 'ship', reasons: [{ kind: 'dependencies', blocked_by: [{ type: 'step', name: 'charge' }] }] },
      ],
      steps_left_out: 0,
    });
    expect(JSON.stringify(await explain(taskId))).not.toMatch(/secret|"stack"/);
  });

  it('is of one step, or of so many, where these are asked for', async () => {
    const taskId = await create('order', {}, { run_at: LATER });
    expect(await explain(taskId, '?step=ship')).toMatchObject({ steps: [{ name: 'ship' }], steps_left_out: 1 });
    expect(await explain(taskId, '?limit=1')).toMatchObject({ steps: [{ name: 'charge' }], steps_left_out: 1 });
  });

  it('names its step in a path and a command that fit', async () => {
    const taskId = await create('slow', { hang: true });
    await isExplained(taskId, 'running');
    const { what_moves_it: remedies } = await explain(taskId);
    const skip = remedies.find(({ action }) => action === 'skip_step')!;
    expect(skip.request!.path).toBe(`/tasker/tasks/${taskId}/workflow_steps/eu%2Fa%3Ab`);
    expect(skip.command).toBe(`tasker step skip ${taskId} eu/a:b --reason '<why>'`);
  });

  it.each([
    ['limit=0', 400, 'request_invalid'],
    ['limit=2001', 400, 'request_invalid'],
    ['steps=ship', 400, 'request_invalid'],
    ['step=shipp', 404, 'step_not_found'],
  ])('is refused for %s', async (query, status, code) => {
    const taskId = await create('order', {}, { run_at: LATER });
    const { body } = await server.http.get(`/tasker/tasks/${taskId}/explain?${query}`).expect(status);
    expect(body).toMatchObject({ code });
  });

  it('is refused for a task that does not exist', async () => {
    await server.http.get('/tasker/tasks/01890a5d-ac96-774b-bcce-b302099a8057/explain').expect(404);
    await server.http.get('/tasker/tasks/x/explain').expect(404);
  });
});
