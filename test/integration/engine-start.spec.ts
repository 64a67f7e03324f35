import { Inject, Injectable, Scope } from '@nestjs/common';
import { StepHandler, TaskerError, type TemplateDefinition } from '../../src/index.js';
import { engines, eventually, Gate, graph, LOG, single, type EngineOptions } from '../support/engine.js';

const { start, make, beside } = engines();

/** The error by which the application refuses to start. */
async function refusal(options: EngineOptions): Promise<TaskerError> {
  const engine = await make(options);
  const outcome = await engine.start().then(
    () => null,
    (error: unknown) => error as TaskerError,
  );
  if (!outcome) throw new Error('it has started');
  // nothing is left behind
  expect(await engine.sql(`select * from worker where state in ('live', 'draining')`)).toEqual([]);
  return outcome;
}

const noop = { work: () => 1 };

describe('an application refuses to start', () => {
  it('where a template names a handler that nobody provides, and suggests the one that was meant', async () => {
    const error = await refusal({ templates: [single('order', { handler_class: 'wrok' })], handlers: noop });

    expect(error).toMatchObject({ code: 'template_invalid' });
    expect(error.message).toMatch(/step_templates\[0\]\.handler_class.*"wrok".*Did you mean "work"/s);
  });

  it('with every finding of every template at once', async () => {
    const broken = graph('loop', { a: ['b'], b: ['a'], c: ['nowhere'] }, { handler: 'work' });
    const error = await refusal({
      templates: [broken, { name: 'empty', step_templates: [] }, single('order', { handler_class: 'gone' })],
      handlers: noop,
    });

    expect(error.findings.length).toBeGreaterThanOrEqual(4);
    for (const said of ['a -> b -> a', '"nowhere"', 'at least one step', '"gone"'])
      expect(error.message).toContain(said);
  });

  it('where two handlers answer to one name', async () => {
    @StepHandler('work')
    class First {
      process(): void {}
    }
    @StepHandler({ name: 'other', aliases: ['work'] })
    class Second {
      process(): void {}
    }
    const error = await refusal({ providers: [First, Second] });

    expect(error).toMatchObject({ code: 'handler_conflict' });
    expect(error.message).toMatch(/Two step handlers answer to "work": (First and Second|Second and First)/);
  });

  it('where the name of one handler is the class of another', async () => {
    @StepHandler('a')
    class Work {
      process(): void {}
    }
    @StepHandler('Work')
    class Other {
      process(): void {}
    }

    expect(await refusal({ providers: [Work, Other] })).toMatchObject({ code: 'handler_conflict' });
  });

  it('where a handler has no process, and says what is required', async () => {
    class Idle {
      run(): void {}
    }
    StepHandler('work')(Idle as never);
    const error = await refusal({ providers: [Idle] });

    expect(error).toMatchObject({ code: 'handler_invalid' });
    expect(error.message).toMatch(/Idle does not implement required method 'process'/);
  });

  it('where a handler is request-scoped', async () => {
    class PerRequest {
      process(): void {}
    }
    StepHandler('work')(PerRequest);
    Injectable({ scope: Scope.REQUEST })(PerRequest);
    const error = await refusal({ providers: [PerRequest] });

    expect(error).toMatchObject({ code: 'handler_invalid' });
    expect(error.message).toMatch(/PerRequest is request-scoped.*must be a singleton/);
  });

  it('where a handler depends on something request-scoped', async () => {
    class Basket {}
    Injectable({ scope: Scope.REQUEST })(Basket);
    class Indirect {
      constructor(readonly basket: Basket) {}
      process(): void {}
    }
    StepHandler('work')(Indirect);
    Inject(Basket)(Indirect, undefined, 0);

    expect(await refusal({ providers: [Basket, Indirect] })).toMatchObject({ code: 'handler_invalid' });
  });

  it('where a handler is transient', async () => {
    class Fleeting {
      process(): void {}
    }
    StepHandler('work')(Fleeting);
    Injectable({ scope: Scope.TRANSIENT })(Fleeting);

    expect(await refusal({ providers: [Fleeting] })).toMatchObject({ code: 'handler_invalid' });
  });

  it('where an option is mistaken, and suggests the one that was meant', async () => {
    const error = await refusal({ worker: { slotz: 3, pollMs: 0 } as never });

    expect(error).toMatchObject({ code: 'configuration_invalid' });
    expect(error.message).toMatch(/worker\.slotz.*Did you mean "slots"/s);
    expect(error.message).toMatch(/worker\.pollMs/);
  });

  it('where two workers would take each other for dead at one late heartbeat', async () => {
    const error = await refusal({ worker: { heartbeatMs: 1_000, silentMs: 1_500 } });

    expect(error.message).toMatch(/worker\.silentMs.*at least twice heartbeatMs/);
  });
});

describe('a template whose content has changed under its version', () => {
  const before: TemplateDefinition = graph('deal', { a: [], b: ['a'] });
  const after: TemplateDefinition = graph('deal', { a: [], b: ['a'], c: ['b'] });
  const handlers = { a: () => 'a', b: () => 'b', c: () => 'c' };

  it.each(['production', 'test'])('is refused in %s, and says which', async (environment) => {
    const engine = await start({ templates: [before], handlers, environment });
    await engine.stop();

    const refused = engine.start({ templates: [after], handlers, environment });

    await expect(refused).rejects.toMatchObject({
      code: 'template_conflict',
      message: expect.stringContaining('default.deal@0.1.0'),
    });
    expect(await engine.sql('select count(*)::int as n from template')).toEqual([{ n: 1 }]);
  });

  it('is accepted under another version, and the highest is used', async () => {
    const engine = await start({ templates: [before], handlers });
    await engine.restart({ templates: [before, { ...after, version: '0.2.0' }] });

    expect((await engine.run('deal')).view.version).toBe('0.2.0');
    expect((await engine.run('deal', { version: '0.1.0' })).statuses).toEqual({ a: 'complete', b: 'complete' });
  });

  it('replaces it in development, with a warning, for new tasks: running ones keep the definition they were created with', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [before],
      handlers: { ...handlers, a: () => gate.pass() },
      environment: 'development',
      worker: { drainMs: 0 },
    });
    const { taskId } = await engine.create('deal');
    await gate.reached();
    LOG.lines.length = 0;

    await engine.restart({ templates: [after], handlers });

    expect(LOG.lines.filter((line) => line.startsWith('warn') && line.includes('default.deal@0.1.0'))).toHaveLength(1);
    expect((await engine.finished(taskId)).statuses).toEqual({ a: 'complete', b: 'complete' });
    expect((await engine.run('deal')).statuses).toEqual({ a: 'complete', b: 'complete', c: 'complete' });
    gate.open();
  });

  it('goes back to what it was in development', async () => {
    const engine = await start({ templates: [before], handlers, environment: 'development' });
    await engine.restart({ templates: [after] });
    await engine.restart({ templates: [before] });

    expect(Object.keys((await engine.run('deal')).statuses)).toEqual(['a', 'b']);
    expect(await engine.sql('select count(*)::int as n from template')).toEqual([{ n: 2 }]);
  });

  it('is the same content where only its text differs', async () => {
    const engine = await start({ templates: [{ ...before, version: '1.0.0' }], handlers });
    const { name, ...rest } = before;

    await engine.restart({ templates: [{ version: '1.0.0', ...rest, name }] });

    expect(await engine.sql('select count(*)::int as n from template')).toEqual([{ n: 1 }]);
  });

  it('is used by a process that does not have it loaded', async () => {
    const gate = new Gate();
    const first = await start({ templates: [before], handlers: { ...handlers, a: () => gate.pass() } });
    const { taskId } = await first.create('deal');
    await gate.reached();

    const second = await beside(first, { handlers: { b: () => 'by another' }, roles: ['worker'] });
    await first.stop();

    // `a` was given back by the first; nobody has a handler for it until it is there again
    await first.start({ templates: [], handlers: { a: () => 1 } });
    expect((await first.finished(taskId)).step('b').results).toBe('by another');
    expect(second.eventsOf(taskId, 'b')).toContain('step.completed');
    gate.open();
  });
});

describe('processes that start together', () => {
  it('on an existing database agree on its templates', async () => {
    const options = { templates: [graph('deal', { a: [], b: ['a'] })], handlers: { a: () => 1, b: () => 2 } };
    const first = await make(options);
    const others = await Promise.all([make(options, first), make(options, first)]);

    await Promise.all([first, ...others].map((engine) => engine.start()));

    expect(await first.sql('select count(*)::int as n from template')).toEqual([{ n: 1 }]);
    expect((await first.run('deal')).status).toBe('complete');
  });
});

describe('a restart', () => {
  it('goes on exactly where the task was: what is complete does not run again', async () => {
    const ran: string[] = [];
    const gate = new Gate();
    const note = (name: string) => () => void ran.push(name);
    const engine = await start({
      templates: [graph('line', { a: [], b: ['a'], c: ['b'] })],
      handlers: {
        a: note('a'),
        b: async ({ signal }) => {
          ran.push('b');
          await Promise.race([gate.pass(), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
        },
        c: note('c'),
      },
      worker: { drainMs: 0 },
    });
    const { taskId } = await engine.create('line');
    await gate.reached();

    await engine.restart({ handlers: { a: note('a'), b: note('b'), c: note('c') } });

    expect((await engine.finished(taskId)).status).toBe('complete');
    expect(ran).toEqual(['a', 'b', 'b', 'c']);
    await eventually('nothing more', () => ran.length === 4);
  });
});
