import { PermanentError } from '../../src/index.js';
import { engines, eventually, Gate, graph, LOG, single, type Engine, type RecordedEvent } from '../support/engine.js';

const { start, beside } = engines();

const COMMON = ['event', 'timestamp', 'task_id', 'task_name', 'namespace', 'version', 'correlation_id'];
const STEP = [...COMMON, 'step_id', 'step_name', 'attempt', 'retry_limit'];
const FAILURE = [
  ...STEP,
  'error_message',
  'error_class',
  'error_code',
  'error_category',
  'retryable',
  'execution_duration',
];

const keysOf = (event: RecordedEvent): string[] => Object.keys(event).sort();
const only = (engine: Engine, name: string): RecordedEvent => {
  const found = engine.events.filter(({ event }) => event === name);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('events', () => {
  it('of a task that completes come once each, in order', async () => {
    const engine = await start({
      templates: [graph('order', { a: [], b: ['a'] }, { namespace: 'shop', version: '1.2.3' })],
      handlers: { a: () => ({ n: 1 }), b: () => 2 },
    });

    const task = await engine.run('order', { namespace: 'shop', correlationId: 'corr-7' });

    const ofTask = engine.events.filter(({ task_id }) => task_id === task.taskId);
    expect(ofTask.map(({ event, step_name }) => [event, ...(step_name ? [step_name] : [])])).toEqual([
      ['task.initialize_requested'],
      ['task.started'],
      ['workflow.viable_steps_discovered'],
      ['step.execution_requested', 'a'],
      ['step.started', 'a'],
      ['step.completed', 'a'],
      ['workflow.viable_steps_discovered'],
      ['step.execution_requested', 'b'],
      ['step.started', 'b'],
      ['step.completed', 'b'],
      ['task.completed'],
      ['workflow.task_finalized'],
    ]);
    for (const event of ofTask) {
      expect(event).toMatchObject({
        task_id: task.taskId,
        task_name: 'order',
        namespace: 'shop',
        version: '1.2.3',
        correlation_id: 'corr-7',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
    }
  });

  it('carry the keys of the contract', async () => {
    const engine = await start({
      templates: [
        graph('all', { ok: [], flaky: [], bad: [] }, { each: { timeout_seconds: 0.5 } }),
        single('slow', { timeout_seconds: 0.02, default_retry_limit: 1 }),
        single('lenient', { skippable: true }),
      ],
      handlers: {
        ok: () => ({ sum: 3 }),
        flaky: ({ step }) => {
          if (step.attempt === 1) throw new Error('again');
        },
        bad: () => {
          throw new PermanentError('no', { errorCode: 'E1', errorCategory: 'business' });
        },
        slow: () => new Promise(() => {}),
        lenient: () => {
          throw new TypeError('no');
        },
      },
    });
    const all = await engine.run('all');

    expect(keysOf(only(engine, 'task.initialize_requested'))).toEqual([...COMMON].sort());
    expect(keysOf(only(engine, 'task.started'))).toEqual([...COMMON].sort());
    expect(keysOf(only(engine, 'task.failed'))).toEqual([...COMMON, 'execution_duration'].sort());
    const completed = engine.events.find(({ event, step_name }) => event === 'step.completed' && step_name === 'ok')!;
    expect(keysOf(completed)).toEqual([...STEP, 'execution_duration', 'results'].sort());
    expect(completed).toMatchObject({
      step_id: all.step('ok').stepId,
      attempt: 1,
      retry_limit: 3,
      results: { sum: 3 },
    });
    expect(keysOf(only(engine, 'step.retry_scheduled'))).toEqual([...FAILURE, 'next_retry_at'].sort());
    const failed = only(engine, 'step.failed');
    expect(keysOf(failed)).toEqual([...FAILURE].sort());
    expect(failed).toMatchObject({
      step_name: 'bad',
      error_message: 'no',
      error_class: 'PermanentError',
      error_code: 'E1',
      error_category: 'business',
      retryable: false,
    });

    await engine.run('slow');
    expect(keysOf(only(engine, 'step.timed_out'))).toEqual([...FAILURE].sort());
    await engine.run('lenient');
    expect(only(engine, 'step.skipped')).toMatchObject({ error_class: 'TypeError', error_message: 'no' });
  });

  it('tell the real duration, in seconds', async () => {
    const engine = await start({
      templates: [single('work')],
      handlers: { work: () => new Promise((resolve) => setTimeout(resolve, 120)) },
    });
    await engine.run('work');

    const { execution_duration } = only(engine, 'step.completed');
    expect(execution_duration).toBeGreaterThanOrEqual(0.115);
    expect(execution_duration).toBeLessThan(5);
    expect(only(engine, 'task.completed').execution_duration).toBeGreaterThanOrEqual(0.115);
  });

  it('come after the commit that made them true', async () => {
    const seen: Promise<[string, string, string]>[] = [];
    const read = async ({ event, task_id, step_name }: RecordedEvent): Promise<[string, string, string]> => {
      if (task_id === undefined) return [event, '', ''];
      const [row] = await engine.sql<{ task: string; step: string }>(
        `select t.state as task, s.state as step from task t join step s on s.task_id = t.id and s.step_no = $2 where t.id = $1`,
        [task_id, step_name === 'b' ? 1 : 0],
      );
      return [event, row!.task, row!.step];
    };
    const gate = new Gate();
    const engine: Engine = await start({
      templates: [graph('order', { a: [], b: ['a'] })],
      handlers: { a: () => 1, b: () => gate.pass() },
      onEvent: (event) => seen.push(read(event)),
    });
    const { taskId } = await engine.create('order');
    await gate.reached();
    await Promise.all(seen);
    gate.open();
    await engine.finished(taskId);

    const states = new Map((await Promise.all(seen)).map(([event, ...rest]) => [event, rest]));
    expect(states.get('task.started')![0]).not.toBe('pending');
    expect(states.get('task.completed')).toEqual(['complete', 'complete']);
    expect((await Promise.all(seen)).filter(([event]) => event === 'step.completed')).toEqual([
      ['step.completed', expect.any(String), 'complete'],
      ['step.completed', expect.any(String), 'complete'],
    ]);
  });

  it('are not harmed by listeners that throw or reject, nor is the engine', async () => {
    const engine = await start({
      templates: [graph('order', { a: [], b: ['a'] })],
      handlers: { a: () => 1, b: () => 2 },
      onEvent: ({ event }) => {
        if (event.startsWith('step.')) throw new Error('listener broke');
      },
    });
    const { EventBus } = await import('../../src/index.js');
    engine.get(EventBus).on('task.completed', () => Promise.reject(new Error('listener rejected')));

    const task = await engine.run('order');

    expect(task.status).toBe('complete');
    expect(task.attempts).toEqual({ a: 1, b: 1 });
    expect(engine.eventsOf(task.taskId)).toHaveLength(7);
    await eventually('both are logged', () =>
      ['listener broke', 'listener rejected'].every((text) => LOG.lines.some((line) => line.includes(text))),
    );
  });

  it('of a task that two processes work on come once each, in the process that committed the fact', async () => {
    const template = graph('relay', { a: [], b: ['a'], c: ['b'] });
    const first = await start({ templates: [template], handlers: { a: () => 1, c: () => 3 }, roles: ['worker'] }).catch(
      () => null,
    );
    expect(first).toBeNull(); // it does not have every handler of its template
    const api = await start({ templates: [template], roles: ['api'] });
    const one = await beside(api, { handlers: { a: () => 1, c: () => 3 }, roles: ['worker'] });
    const two = await beside(api, { handlers: { b: () => 2 }, roles: ['worker'] });

    const { taskId } = await api.run('relay', { correlationId: 'c-9' });

    await eventually('the last event is out', () => one.eventsOf(taskId).includes('task.completed'));
    expect(api.eventsOf(taskId)).toEqual(['task.initialize_requested']);
    expect(one.eventsOf(taskId)).toEqual([
      'task.started',
      'step.started',
      'step.completed',
      'step.started',
      'step.completed',
      'task.completed',
    ]);
    expect(two.eventsOf(taskId)).toEqual(['step.started', 'step.completed']);
    const ofTask = [...one.events, ...two.events].filter(({ task_id }) => task_id === taskId);
    expect(new Set(ofTask.map(({ correlation_id }) => correlation_id))).toEqual(new Set(['c-9']));
  });

  it('are not made of a result that was refused', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('work')],
      handlers: { work: () => gate.pass() },
    });
    const { taskId } = await engine.create('work');
    await gate.reached();
    await engine.sql('select * from cancel_task($1, null, null)', [taskId]);
    gate.open();

    await eventually('it is refused', async () => (await engine.look(taskId)).outcomes('only').includes('refused'));
    expect(engine.eventsOf(taskId)).toEqual(['task.initialize_requested', 'task.started', 'step.started']);
  });
});
