import { runInNewContext } from 'node:vm';
import { PermanentError, RetryableError } from '../../src/index.js';
import { engines, single, type Engine, type Process } from '../support/engine.js';

const { start } = engines('afterAll');
let engine: Engine;
/** What the handler throws in its first attempt. */
let value: () => unknown;

beforeAll(async () => {
  const work: Process = ({ step }) => {
    if (step.attempt === 1) throw value();
  };
  engine = await start({
    templates: [
      single('once', { default_retry_limit: 1, handler_class: 'work' }),
      single('twice', { handler_class: 'work' }),
    ],
    handlers: { work },
  });
});

const cyclic = (): Record<string, unknown> => {
  const value: Record<string, unknown> = { name: 'ring' };
  value.self = value;
  return value;
};

const evil = (field: string, error: object = new Error('fine')): unknown =>
  Object.defineProperty(error, field, {
    get: () => {
      throw new Error('hands off');
    },
  });

describe('whatever a handler throws is stored as the failure of its attempt', () => {
  it.each<[string, () => unknown, object]>([
    ['a string', () => 'out of paper', { message: 'out of paper', errorClass: 'string', retryable: true }],
    ['the empty string', () => '', { errorClass: 'string' }],
    ['a number', () => 404, { message: expect.stringContaining('404'), errorClass: 'number' }],
    ['a bigint', () => 1n, { errorClass: 'bigint' }],
    ['a symbol', () => Symbol('s'), { errorClass: 'symbol' }],
    ['a function', () => () => 1, { errorClass: 'function' }],
    ['null', () => null, { message: expect.stringContaining('null'), retryable: true }],
    ['undefined', () => undefined, { message: expect.stringContaining('undefined'), errorClass: 'undefined' }],
    [
      'an object',
      () => ({ code: 'E_PLAIN', a: 1 }),
      { message: expect.stringContaining('"a":1'), errorCode: 'E_PLAIN' },
    ],
    ['a cyclic object', cyclic, { errorClass: 'object' }],
    ['an object without a prototype', () => Object.create(null), { errorClass: 'object' }],
    ['a rejected promise', () => Promise.resolve(1), { errorClass: 'object' }],
    ['an error without a message', () => new RangeError(''), { message: 'RangeError', retryable: false }],
    ['an error with NUL in its message', () => new Error('a\u0000b'), { message: 'a\uFFFDb' }],
    [
      'an error with NUL in its context',
      () => new PermanentError('no', { context: { a: 'x\u0000y' } }),
      { message: 'no' },
    ],
    ['an error with NUL in a key of its context', () => new PermanentError('no', { context: { 'x\u0000y': 1 } }), {}],
    ['an error with half a surrogate pair in its message', () => new Error('a\uD800b'), { message: 'a\uFFFDb' }],
    [
      'an error with half a surrogate pair in its context',
      () => new PermanentError('no', { context: { a: '\uDC00' } }),
      {},
    ],
    ['an error whose message is cut within a surrogate pair', () => new Error(`${'x'.repeat(3999)}\u{1F600}`), {}],
    [
      'an error with a NUL in its code',
      () => new PermanentError('no', { errorCode: 'A\u0000B' }),
      { errorCode: 'A\uFFFDB' },
    ],
    [
      'an error with a cyclic context',
      () => new PermanentError('no', { context: cyclic() as never }),
      { message: 'no' },
    ],
    ['an error with a bigint in its context', () => new PermanentError('no', { context: { n: 1n } as never }), {}],
    ['an error with a list as its context', () => Object.assign(new Error('no'), { context: [1] }), { context: {} }],
    ['an error with a text as its context', () => Object.assign(new Error('no'), { context: 'here' }), { context: {} }],
    [
      'an error whose context turns into text',
      () => Object.assign(new Error('no'), { context: { toJSON: () => 'text' } }),
      { context: {} },
    ],
    ['a frozen error', () => Object.freeze(new PermanentError('cold')), { message: 'cold', retryable: false }],
    ['an error with a message of a megabyte', () => new Error('x'.repeat(1_000_000)), { errorClass: 'Error' }],
    [
      'an error whose message is no text',
      () => Object.assign(new Error(), { message: { a: 1 } }),
      { errorClass: 'Error' },
    ],
    ['an error whose stack is no text', () => Object.assign(new Error('no'), { stack: 7 }), { message: 'no' }],
    ['an error without a constructor', () => Object.assign(new Error('no'), { constructor: null }), { message: 'no' }],
    ['an error whose code is a number', () => Object.assign(new Error('no'), { code: 23505 }), { message: 'no' }],
    [
      'an error whose retryAfter is true',
      () => Object.assign(new Error('no'), { retryAfter: true }),
      { message: 'no' },
    ],
    [
      'an error whose retryAfter is an object',
      () => new RetryableError('no', { retryAfter: {} as never }),
      { message: 'no' },
    ],
    [
      'an error whose retryAfter is no date',
      () => new RetryableError('no', { retryAfter: new Date('x') }),
      { message: 'no' },
    ],
    ['an error whose message throws', () => evil('message'), {}],
    ['an error whose stack throws', () => evil('stack'), {}],
    ['an error whose context throws', () => evil('context'), {}],
    ['an error whose retryable throws', () => evil('retryable'), {}],
    ['an error whose retryAfter throws', () => evil('retryAfter'), {}],
    ['an error whose constructor throws', () => evil('constructor'), {}],
    ['an error whose name throws', () => evil('name'), {}],
    ['an object whose fields throw', () => evil('code', {}), {}],
    ['a proxy that throws at every touch', () => new Proxy({}, { get: () => { throw new Error('touched'); }, getPrototypeOf: () => { throw new Error('touched'); } }), {}], // prettier-ignore
    ['a revoked proxy', () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; }, {}], // prettier-ignore
    [
      'an error of another realm',
      () => runInNewContext(`new TypeError('from elsewhere')`),
      { message: 'from elsewhere', errorClass: 'TypeError', retryable: false },
    ],
    ['an aggregate', () => new AggregateError([new Error('1')], 'several'), { message: 'several' }],
  ])('%s', async (_what, thrown, expected) => {
    value = thrown;

    const task = await engine.run('once');

    expect(task.statuses).toEqual({ only: 'error' });
    expect(task.outcomes('only')).toEqual(['failed']);
    const { error } = task.step('only');
    expect(error).toMatchObject(expected);
    expect(error!.message).not.toBe('');
    expect(error!.message.length).toBeLessThanOrEqual(4_000);
    expect(task.step('only').attemptHistory![0]!.error).toEqual(error);
  });

  it.each<[string, () => unknown]>([
    ['an error whose retryAfter is an object', () => new RetryableError('no', { retryAfter: {} as never })],
    ['an error whose retryAfter throws', () => evil('retryAfter')],
    ['an error whose retryAfter is a symbol', () => Object.assign(new Error('no'), { retryAfter: Symbol('soon') })],
  ])('%s waits as its backoff says', async (_what, thrown) => {
    value = thrown;

    expect((await engine.run('twice')).attempts).toEqual({ only: 2 });
  });
});
