import { ConfigSchema } from './config-schema.js';

const schema = new ConfigSchema({
  type: 'object',
  required: ['url'],
  properties: {
    url: { type: 'string', format: 'uri' },
    retries: { type: 'integer', minimum: 0, default: 2 },
    verbose: { type: 'boolean' },
    pool: { type: 'object', properties: { size: { type: 'integer' } }, additionalProperties: false },
  },
  additionalProperties: false,
});

const URL = 'https://shop.example';

describe('ConfigSchema', () => {
  it('says every problem, at its place', () => {
    expect(schema.problems({ retries: -1, verbos: true, pool: { size: 'big', max: 1 } }, {})).toEqual([
      { pointer: '', message: 'handler_config.url must have required property "url"' },
      {
        pointer: '/verbos',
        message: 'handler_config.verbos must not have the property "verbos". Did you mean "verbose"?',
      },
      { pointer: '/retries', message: 'handler_config.retries must be >= 0' },
      { pointer: '/pool/max', message: 'handler_config.pool.max must not have the property "max".' },
      { pointer: '/pool/size', message: 'handler_config.pool.size must be integer' },
    ]);
  });

  it('knows of what the engine reads from a handler_config itself', () => {
    expect(schema.problems({ url: URL, timeout_seconds: 3, retry_backoff: 'linear' }, {})).toEqual([]);
  });

  it('fills in its defaults, and makes numbers and booleans of what whole placeholders stand for', () => {
    const written = { url: '${BASE}/cart', retries: '${RETRIES}', verbose: '${VERBOSE:-true}' };
    expect(schema.problems(written, { BASE: URL, RETRIES: '5' })).toEqual([]);
    const config = { url: `${URL}/cart`, retries: '5', verbose: 'true' };
    expect(schema.complete(config, written)).toEqual([]);
    expect(config).toEqual({ url: `${URL}/cart`, retries: 5, verbose: true });

    const bare = { url: URL };
    expect(schema.complete(bare, bare)).toEqual([]);
    expect(bare).toEqual({ url: URL, retries: 2 });
  });

  it('makes no number of a text that is written as one, nor of one that is a part', () => {
    expect(schema.problems({ url: URL, retries: '5' }, {})).toHaveLength(1);
    expect(schema.problems({ url: URL, retries: '1${N}' }, { N: '0' })).toHaveLength(1);
    expect(schema.problems({ url: URL, retries: '${N}' }, { N: 'many' })).toEqual([
      { pointer: '/retries', message: 'handler_config.retries must be integer' },
    ]);
  });

  it('says nothing of what hangs on variables that are not known, or not set', () => {
    const written = { url: '${BASE}', retries: '${RETRIES}', verbose: 3 };
    expect(schema.problems(written, null)).toEqual([
      { pointer: '/verbose', message: 'handler_config.verbose must be boolean' },
    ]);
    expect(schema.problems({ url: '${BASE}', retries: '${RETRIES}' }, {})).toEqual([]);
  });

  it('asks a part of a config for nothing that the rest may bring', () => {
    expect(schema.problems({ retries: 'x' }, {}, false)).toEqual([
      { pointer: '/retries', message: 'handler_config.retries must be integer' },
    ]);
  });

  it('refuses a schema that is none', () => {
    expect(() => new ConfigSchema({ type: 'objekt' })).toThrow(/schema is invalid: type must be/);
  });
});
