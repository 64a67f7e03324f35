import { trace, type Span } from '@opentelemetry/api';
import { node, tracing } from '@opentelemetry/sdk-node';
import { PermanentError } from '../../src/index.js';
import { traceIdOfTask } from '../../src/telemetry/preset-ids.js';
import { PresetIdGenerator } from '../../src/telemetry/sdk/preset-id-generator.js';
import {
  aborted,
  engines,
  eventually,
  Gate,
  graph,
  requestFor,
  single,
  type Engine,
  type Process,
} from '../support/engine.js';

const exporter = new tracing.InMemorySpanExporter();
const provider = new node.NodeTracerProvider({
  idGenerator: new PresetIdGenerator(),
  spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
});
const { start } = engines();

beforeAll(() => provider.register());
beforeEach(() => exporter.reset());
afterAll(() => provider.shutdown());

const spansOf = (taskId: string) =>
  exporter.getFinishedSpans().filter(({ attributes }) => attributes['tasker.task.id'] === taskId);

/** How attempts and runs of a task ended, in the order in which that was told. */
const outcomesOf = (taskId: string): unknown[] =>
  spansOf(taskId)
    .map(({ attributes }) => attributes['tasker.attempt.outcome'] ?? attributes['tasker.task.status'])
    .filter((outcome) => outcome !== undefined);

const told = (taskId: string, ...outcomes: string[]): Promise<void> =>
  eventually(outcomes.join(', '), () => JSON.stringify(outcomesOf(taskId)) === JSON.stringify(outcomes));

/** An engine with one template, `only`, whose step does this. */
const withHandler = (process: Process, step: object = {}): Promise<Engine> =>
  start({ templates: [single('only', step)], handlers: { only: process } });

describe('the span of an attempt', () => {
  it('says that it was cancelled with its task', async () => {
    const gate = new Gate();
    const engine = await withHandler(async ({ signal }) => {
      void gate.pass();
      await aborted(signal);
    });
    const { taskId } = await engine.create('only');
    await gate.reached();
    await engine.client.cancelTask(taskId);
    await eventually('both are told', () => outcomesOf(taskId).length === 2);
    expect(outcomesOf(taskId).sort()).toEqual(['cancelled', 'cancelled']);
  });

  it('says that it was released by a worker that shut down', async () => {
    const gate = new Gate();
    const engine = await withHandler(() => gate.pass());
    const { taskId } = await engine.create('only');
    await gate.reached();
    await engine.stop();
    expect(outcomesOf(taskId)).toEqual(['released']);
    gate.open();
  });

  it('says that a step which was skipped for it had failed', async () => {
    const failing = () => {
      throw new PermanentError('no');
    };
    const engine = await withHandler(failing, { skippable: true });
    const { taskId } = await engine.run('only');
    await told(taskId, 'failed', 'complete');
  });

  it('is refused where the attempt was not the live one any more', async () => {
    const gate = new Gate();
    const engine = await withHandler(() => gate.pass());
    const { taskId } = await engine.create('only');
    await gate.reached();
    await engine.sql(`update step set attempt = attempt + 1 where task_id = $1`, [taskId]);
    gate.open();
    await told(taskId, 'refused');
  });

  it('is over once the handler’s own transaction has committed, and is no parent of the next', async () => {
    const engine = await start({
      templates: [graph('chain', { first: [], second: ['first'] })],
      handlers: {
        first: ({ transaction }) => transaction(async () => ({ done: true })),
        second: () => trace.getActiveSpan()?.spanContext().spanId,
      },
    });
    const task = await engine.run('chain');
    await told(task.taskId, 'succeeded', 'succeeded', 'complete');
    const [creation, first, second] = spansOf(task.taskId);
    expect([first, second].map((span) => span!.parentSpanContext!.spanId)).toEqual(
      Array(2).fill(creation!.spanContext().spanId),
    );
    expect(task.step('second').results).toBe(second!.spanContext().spanId);
  });

  it('is what the handler is given as its traceparent', async () => {
    const engine = await withHandler(({ task }) => task.traceparent);
    const task = await engine.run('only');
    const { traceId, spanId } = spansOf(task.taskId)[1]!.spanContext();
    expect(task.step('only').results).toBe(`00-${traceId}-${spanId}-01`);
  });
});

describe('the run of a task', () => {
  it('is told each time that the task settles', async () => {
    let fails = true;
    const engine = await withHandler(() => {
      if (fails) throw new PermanentError('not yet');
    });
    const { taskId } = await engine.run('only');
    await told(taskId, 'failed', 'error');
    fails = false;
    await engine.client.retryTask(taskId, { reason: 'mended' });
    await told(taskId, 'failed', 'error', 'succeeded', 'complete');
  });

  it('is told of a task that an operator settles', async () => {
    const engine = await withHandler(() => {
      throw new PermanentError('never');
    });
    const { taskId } = await engine.run('only');
    await engine.client.resolveTask(taskId, { reason: 'done by hand' });
    await told(taskId, 'failed', 'error', 'resolved_manually');
  });
});

describe('the creation of a task', () => {
  const OTHER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const inSpan = <T>(work: (span: Span) => T): T =>
    trace.getTracer('host').startActiveSpan('host', (span) => {
      try {
        return work(span);
      } finally {
        span.end();
      }
    });

  it('begins a trace that has the task’s id, outside of any', async () => {
    const engine = await withHandler(() => null);
    const { taskId } = await engine.run('only');
    const ids = new Set(spansOf(taskId).map((span) => span.spanContext().traceId));
    expect([...ids]).toEqual([traceIdOfTask(taskId)]);
  });

  it('belongs to what runs here', async () => {
    const engine = await withHandler(() => null);
    const [creating, host] = inSpan((span) => [
      engine.client.createTasks([requestFor('only'), requestFor('only')]),
      span,
    ]);
    const answers = await creating;
    const parents = answers.map(
      (answer) => 'task' in answer && spansOf(answer.task.taskId)[0]!.parentSpanContext?.spanId,
    );
    expect(parents).toEqual(Array(2).fill(host.spanContext().spanId));
  });

  it('belongs to the trace that its caller names, though another one runs here', async () => {
    const engine = await withHandler(() => null);
    const { taskId } = await inSpan(() => engine.create('only', { traceparent: OTHER }));
    expect(spansOf(taskId)[0]!.parentSpanContext).toMatchObject({ spanId: '00f067aa0ba902b7', isRemote: true });
  });

  it('is told once, however often it is asked for', async () => {
    const engine = await withHandler(() => null);
    const again = { idempotencyKey: 'once' };
    const { taskId } = await engine.create('only', again);
    await engine.create('only', again);
    await told(taskId, 'succeeded', 'complete');
    expect(exporter.getFinishedSpans().filter(({ name }) => name === 'tasker.task only')).toHaveLength(1);
  });
});
