import { engines, Gate, graph, single, type Engine } from '../support/engine.js';

describe('what a handler returns', () => {
  const { start } = engines('afterAll');
  let engine: Engine;
  let produce: () => unknown;

  beforeAll(async () => {
    engine = await start({
      templates: [
        graph('pass_on', { produce: [], consume: ['produce'] }),
        single('produce', { handler_class: 'produce' }),
      ],
      handlers: {
        produce: () => produce(),
        consume: ({ sequence }) => sequence.results('produce'),
      },
      worker: { maxResultBytes: 1_000 },
    });
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each<[string, unknown, unknown]>([
    ['nothing, as null', undefined, null],
    ['null', null, null],
    ['false', false, false],
    ['zero', 0, 0],
    ['the empty text', '', ''],
    ['text', 'plain', 'plain'],
    ['a list', [1, [2, { a: null }]], [1, [2, { a: null }]]],
    ['the empty list', [], []],
    ['the empty object', {}, {}],
    ['dates as ISO 8601', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an object without its undefined fields', { a: undefined, b: 1 }, { b: 1 }],
    ['what toJSON says', { toJSON: () => ({ as: 'told' }) }, { as: 'told' }],
    ['NaN and infinities as null, as JSON has none', [NaN, Infinity, -Infinity], [null, null, null]],
    ['a number beyond the range of doubles, written as text', '1e400', '1e400'],
    ['the largest double', 1.7976931348623157e308, 1.7976931348623157e308],
    ['NUL', 'a\u0000b', 'a\u0000b'],
    ['NUL in a key', { 'a\u0000b': 1 }, { 'a\u0000b': 1 }],
    ['the first half of a surrogate pair', { half: '\uD83D' }, { half: '\uD83D' }],
    ['the second half of a surrogate pair', ['\uDE00 after'], ['\uDE00 after']],
    ['any other character', '\u{1F600} \u2028 "\\" \u0007', '\u{1F600} \u2028 "\\" \u0007'],
    ['keys in the order given', { b: 1, a: 2 }, { b: 1, a: 2 }],
    ['text that looks like SQL', "'); drop table step; --", "'); drop table step; --"],
    ['as many bytes as are allowed', 'x'.repeat(998), 'x'.repeat(998)],
    ['a key named __proto__', JSON.parse('{"__proto__": {"a": 1}}'), JSON.parse('{"__proto__": {"a": 1}}')],
  ])('is stored and given to the steps after it: %s', async (_what, value, stored) => {
    produce = () => value;

    const task = await engine.run('pass_on');

    expect(task.status).toBe('complete');
    expect(task.step('produce').results).toEqual(stored);
    expect(JSON.stringify(task.step('produce').results)).toBe(JSON.stringify(stored));
    expect(task.step('consume').results).toEqual(stored);
  });

  it.each<[string, () => unknown, string]>([
    ['a bigint', () => ({ n: 1n }), 'RESULT_NOT_JSON'],
    ['a cyclic object', () => cyclic, 'RESULT_NOT_JSON'],
    ['a function', () => () => 1, 'RESULT_NOT_JSON'],
    ['a symbol', () => Symbol('s'), 'RESULT_NOT_JSON'],
    ['an object whose toJSON throws', () => ({ toJSON: () => { throw new Error('no'); } }), 'RESULT_NOT_JSON'], // prettier-ignore
    ['an object whose getter throws', () => ({ get a() { throw new Error('no'); } }), 'RESULT_NOT_JSON'], // prettier-ignore
    ['an object whose then throws', () => ({ get then() { throw new TypeError('no'); } }), ''], // prettier-ignore
    [
      'nesting deeper than the stack',
      () => Array.from({ length: 100_000 }).reduce((inner) => [inner], 1),
      'RESULT_NOT_JSON',
    ],
    ['one byte too much', () => 'x'.repeat(999), 'RESULT_TOO_LARGE'],
    ['too much in characters of three bytes', () => '\u20AC'.repeat(400), 'RESULT_TOO_LARGE'],
    ['far too much', () => 'x'.repeat(50_000_000), 'RESULT_TOO_LARGE'],
  ])('fails for good at once where it cannot be stored: %s', async (_what, returned, code) => {
    produce = returned;

    const task = await engine.run('produce');

    expect(task.attempts).toEqual({ only: 1 });
    expect(task.statuses).toEqual({ only: 'error' });
    expect(task.step('only').error).toMatchObject({ retryable: false });
    expect(task.step('only').error!.errorCode ?? '').toBe(code);
    expect(task.step('only').results).toBeNull();
  });

  it('may be a promise of another library', async () => {
    produce = () => ({ then: (resolve: (value: unknown) => void) => setImmediate(() => resolve({ from: 'afar' })) });

    expect((await engine.run('produce')).step('only').results).toEqual({ from: 'afar' });
  });

  it('counts once where a promise of another library settles twice', async () => {
    produce = () => ({
      then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => {
        resolve('first');
        reject(new Error('and then'));
      },
    });

    const task = await engine.run('produce');

    expect(task.step('only').results).toBe('first');
    expect(task.outcomes('only')).toEqual(['succeeded']);
  });
});

describe('a result that PostgreSQL refuses', () => {
  const { start } = engines();

  it('fails its own step for good, and no other of its batch', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('work')],
      handlers: {
        work: async ({ task }) => {
          await gate.pass();
          return { poison: task.context.poison };
        },
      },
    });
    await engine.sql(`alter table step add constraint taste check (result ->> 'poison' is distinct from 'yes')`);
    const tasks = [];
    for (let n = 0; n < 20; n++)
      tasks.push(await engine.create('work', { context: { poison: n % 9 === 4 ? 'yes' : 'no' } }));
    await gate.reached(20);
    gate.open();

    const finished = await Promise.all(tasks.map(({ taskId }) => engine.finished(taskId)));

    expect(finished.map(({ status }) => status)).toEqual(tasks.map((_, n) => (n % 9 === 4 ? 'error' : 'complete')));
    expect(new Set(finished.flatMap(({ attempts }) => attempts.only))).toEqual(new Set([1]));
    const failed = finished.filter(({ status }) => status === 'error');
    for (const task of failed) expect(task.step('only').error).toMatchObject({ errorCode: 'RESULT_NOT_STORABLE' });
  });
});

describe('an error that PostgreSQL refuses', () => {
  const { start } = engines();

  it('does not hold up the failures of other steps', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('work', { default_retry_limit: 1 })],
      handlers: {
        work: async ({ task }) => {
          await gate.pass();
          throw new Error(task.context.say as string);
        },
      },
    });
    await engine.sql(`alter table step add constraint taste check (error ->> 'message' is distinct from 'poison')`);
    const poisoned = await engine.create('work', { context: { say: 'poison' } });
    const others = [];
    for (let n = 0; n < 3; n++) others.push(await engine.create('work', { context: { say: 'plain' } }));
    await gate.reached(4);
    gate.open();

    for (const { taskId } of others) expect((await engine.finished(taskId)).status).toBe('error');
    const task = await engine.finished(poisoned.taskId);
    expect(task.step('only').error).toMatchObject({ errorCode: 'ERROR_NOT_STORABLE' });
  });
});

describe('processResults', () => {
  const { start } = engines();
  const stored = async (processResults: (step: unknown, output: { total: number }) => unknown) => {
    const { StepHandler } = await import('../../src/index.js');
    const seen: unknown[][] = [];
    class Enriching {
      process(): unknown {
        return { total: 2 };
      }
      processResults(step: unknown, output: { total: number }, initial: unknown): unknown {
        seen.push([step, output, initial]);
        return processResults(step, output);
      }
    }
    StepHandler('enrich')(Enriching);
    const engine = await start({ templates: [single('enrich', { default_retry_limit: 2 })], providers: [Enriching] });
    return { task: await engine.run('enrich'), seen };
  };

  it('enriches what is stored, and is told the step and what process returned', async () => {
    const { task, seen } = await stored((_step, output: { total: number }) => ({ ...output, checked: true }));

    expect(task.step('only').results).toEqual({ total: 2, checked: true });
    expect(seen).toEqual([[expect.objectContaining({ name: 'only', attempt: 1 }), { total: 2 }, null]]);
  });

  it('may be asynchronous', async () => {
    const { task } = await stored(async (_step, output: object) => ({ ...output, late: 1 }));

    expect(task.step('only').results).toEqual({ total: 2, late: 1 });
  });

  it.each([
    ['throws', () => { throw new Error('no'); }], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('fails the attempt where it %s', async (_how, processResults) => {
    const { task } = await stored(processResults);

    expect(task.outcomes('only')).toEqual(['failed', 'failed']);
    expect(task.step('only').error).toMatchObject({ message: 'no' });
  });
});
