import { resolveConfig } from './tasker-config.js';

const DATABASE = { url: 'postgres://u:p@localhost:5432/db' };
const refused = (options: object) => {
  try {
    resolveConfig(options as never, {});
  } catch (error) {
    return error as { code: string; message: string; findings: { path: string; message: string }[] };
  }
  throw new Error('it was accepted');
};

describe('resolveConfig', () => {
  it('fills in every default', () => {
    expect(resolveConfig({ database: DATABASE }, {})).toEqual({
      database: { ...DATABASE, schema: 'tasker', poolSize: 10, migrate: true },
      templates: [],
      roles: ['api', 'worker'],
      worker: {
        slots: expect.any(Number),
        name: expect.stringContaining(String(process.pid)),
        pollMs: 1_000,
        heartbeatMs: 2_000,
        silentMs: 10_000,
        maxLosses: 3,
        drainMs: 25_000,
        maxResultBytes: 1_048_576,
        retryAfterCapMs: 3_600_000,
      },
      http: { enabled: true, prefix: 'tasker' },
      environment: 'development',
      identity: 'always_unique',
    });
  });

  it('takes the environment from the options, then TASKER_ENV, then NODE_ENV', () => {
    const env = { TASKER_ENV: 'staging', NODE_ENV: 'production' };
    expect(resolveConfig({ database: DATABASE, environment: 'mine' }, env).environment).toBe('mine');
    expect(resolveConfig({ database: DATABASE }, env).environment).toBe('staging');
    expect(resolveConfig({ database: DATABASE }, { NODE_ENV: 'production' }).environment).toBe('production');
  });

  it('answers no HTTP where that is switched off', () => {
    expect(resolveConfig({ database: DATABASE, roles: ['worker'] }, {}).http.enabled).toBe(true);
    expect(resolveConfig({ database: DATABASE, http: { enabled: false } }, {}).http.enabled).toBe(false);
  });

  it('names every mistake at once, with the option that was meant', () => {
    const error = refused({
      database: { url: 'mysql://x', poolSize: 1, shema: 'x' },
      roles: ['boss'],
      worker: { slots: 0, pollMs: 1.5, hartbeatMs: 5 },
      http: { prefix: '/tasker/' },
      idenity: 'strict',
    });

    expect(error.code).toBe('configuration_invalid');
    expect(error.findings.map(({ path }) => path).sort()).toEqual(
      [
        'database.poolSize',
        'database.shema',
        'database.url',
        'http.prefix',
        'idenity',
        'roles.0',
        'worker.hartbeatMs',
        'worker.pollMs',
        'worker.slots',
      ].sort(),
    );
    for (const meant of ['"schema"', '"heartbeatMs"', '"identity"']) expect(error.message).toContain(meant);
  });

  it('never shows the address of the database, which holds a password', () => {
    expect(refused({ database: { url: 'mysql://u:hush@h/db' } }).message).not.toContain('hush');
  });

  it.each([
    ['no options', undefined],
    ['no database', {}],
    ['null', null],
    ['a list', []],
    ['a database without url', { database: {} }],
    ['no roles', { database: DATABASE, roles: [] }],
    ['a template that is a number', { database: DATABASE, templates: [1] }],
    ['an empty schema', { database: { ...DATABASE, schema: '' } }],
    ['a schema that PostgreSQL would cut', { database: { ...DATABASE, schema: 'x'.repeat(64) } }],
    ['a delay beyond what a timer takes', { database: DATABASE, worker: { pollMs: 2 ** 31 } }],
    ['a silence of less than two heartbeats', { database: DATABASE, worker: { heartbeatMs: 6_000 } }],
  ])('refuses %s', (_what, options) => {
    expect(refused(options as object)).toMatchObject({ code: 'configuration_invalid', findings: expect.any(Array) });
  });
});
