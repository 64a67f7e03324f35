import { availableParallelism } from 'node:os';
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
      database: { ...DATABASE, schema: 'tasker', poolSize: 10, migrate: true, dataDir: null },
      logging: { level: 'info', maskedFields: [] },
      templates: [],
      handlers: [],
      exports: [],
      roles: ['api', 'worker'],
      worker: {
        threads: availableParallelism(),
        slots: expect.any(Number),
        name: expect.stringContaining(String(process.pid)),
        pollMs: 1_000,
        heartbeatMs: 2_000,
        silentMs: 10_000,
        maxLosses: 3,
        drainMs: 25_000,
        maxResultBytes: 1_048_576,
        retryAfterCapMs: 3_600_000,
        circuitBreaker: { failureThreshold: 5, resetTimeoutMs: 30_000 },
      },
      http: { enabled: true, prefix: 'tasker', maxBacklog: null, rateLimit: null },
      events: { definitions: [], subscriptions: [] },
      alerts: { definitions: [], everyMs: 15_000 },
      environment: 'development',
      identity: 'always_unique',
      retention: { finishedTasksSeconds: null },
      encryption: null,
      auth: null,
    });
  });

  it('takes the keys of encryption from the options, then from TASKER_ENCRYPTION_KEYS, and shows none of a mistake', () => {
    const key = 'a1'.repeat(32);
    const env = { TASKER_ENCRYPTION_KEYS: `2026-11=${key},2026-05=${'b2'.repeat(32)}` };
    expect(resolveConfig({ database: DATABASE }, env).encryption?.ids).toEqual(['2026-11', '2026-05']);
    expect(resolveConfig({ database: DATABASE, encryption: { keys: `mine=${key}` } }, env).encryption?.ids).toEqual([
      'mine',
    ]);
    const { findings, message } = refused({ database: DATABASE, encryption: { keys: `mine=${key}00` } });
    expect(findings).toEqual([{ path: 'encryption.keys[0]', message: expect.stringContaining('32 bytes') }]);
    expect(message).not.toContain(key);
  });

  describe('of auth', () => {
    const PLACES = { issuer: 'https://issuer', audience: 'tasker' };
    const secret = 'hush'.repeat(8);
    const auth = (jwt: object) => refused({ database: DATABASE, auth: { jwt: { ...PLACES, ...jwt } } });

    it('fills in what fits the key', () => {
      const config = resolveConfig({ database: DATABASE, auth: { jwt: { ...PLACES, secret } } }, {}).auth;
      expect(config).toMatchObject({
        apiKeys: false,
        jwt: { algorithms: ['HS256'], issuers: ['https://issuer'], audiences: ['tasker'], clockSkewSeconds: 30 },
      });
      const jwksUrl = 'https://issuer/jwks.json';
      const remote = resolveConfig({ database: DATABASE, auth: { jwt: { ...PLACES, jwksUrl } } }, {}).auth?.jwt;
      expect(remote?.algorithms).toEqual(['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384']);
    });

    it.each([
      ['no key', {}, 'auth.jwt'],
      ['two keys', { secret, jwksUrl: 'https://x/y' }, 'auth.jwt'],
      ['a secret that is too short', { secret: 'hush' }, 'auth.jwt.secret'],
      ['a secret that is too short for its algorithm', { secret, algorithms: ['HS512'] }, 'auth.jwt.secret'],
      [
        'the algorithm of a secret for a public key',
        { jwksUrl: 'https://x/y', algorithms: ['RS256', 'HS256'] },
        'auth.jwt.algorithms',
      ],
      ['the algorithm of a public key for a secret', { secret, algorithms: ['RS256'] }, 'auth.jwt.algorithms'],
      ['no algorithm at all', { secret, algorithms: ['none'] }, 'auth.jwt.algorithms.0'],
      ['keys from elsewhere without TLS', { jwksUrl: 'http://issuer/jwks.json' }, 'auth.jwt.jwksUrl'],
      ['what is no public key', { publicKey: '-----BEGIN PRIVATE KEY-----hush' }, 'auth.jwt.publicKey'],
      ['no issuer', { secret, issuer: undefined }, 'auth.jwt.issuer'],
      ['no audience', { secret, audience: [] }, 'auth.jwt.audience'],
    ])('refuses %s, and shows no secret', (_what, jwt, path) => {
      const { findings, message } = auth(jwt);
      expect(findings.map((finding) => finding.path)).toContain(path);
      expect(message).not.toContain('hush');
    });

    it('refuses one that could let nobody in, and what is no authenticator', () => {
      expect(refused({ database: DATABASE, auth: {} }).message).toContain('names no way to tell callers apart');
      expect(refused({ database: DATABASE, auth: { authenticator: {} } }).message).toContain('the method authenticate');
      expect(refused({ database: DATABASE, auth: { apiKey: true } }).message).toContain('Did you mean "apiKeys"?');
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
    const { http } = resolveConfig({ database: DATABASE, http: { rateLimit: { perSecond: 0.3 }, maxBacklog: 5 } }, {});
    expect(http).toMatchObject({ rateLimit: { perSecond: 0.3, burst: 1 }, maxBacklog: 5 });
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
