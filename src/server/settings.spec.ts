import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { authOptions } from './auth-settings.js';
import { loadSettings, maskSettings } from './settings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tasker-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const load = (env: NodeJS.ProcessEnv = {}) => loadSettings(env, folder);

describe('loadSettings', () => {
  it('is the defaults where nothing is said', () => {
    expect(load()).toMatchObject({
      host: '127.0.0.1',
      port: null,
      environment: 'development',
      roles: ['api', 'worker'],
    });
  });

  it('lays the file of the environment over default.yaml, and the variables over both', () => {
    write('default.yaml', 'port: 1000\nlog: { level: warn }\nworker: { slots: 3, name: base }\n');
    write('staging.yaml', 'worker: { slots: 5 }\nhost: 10.0.0.1\n');
    const settings = load({ TASKER_ENV: 'staging', PORT: '4000' });

    expect(settings).toMatchObject({
      port: 4000,
      log: { level: 'warn', format: null },
      host: '10.0.0.1',
      worker: { slots: 5, name: 'base' },
    });
  });

  it('reads every variable', () => {
    expect(
      load({
        HOST: '::1',
        PORT: '0',
        LOG_LEVEL: 'debug',
        DATABASE_URL: 'postgres://h/db',
        TASKER_SCHEMA: 's',
        TASKER_DATA_DIR: '/data',
        TASKER_ROLES: 'worker, api',
        TASKER_TEMPLATES: ['a', 'b'].join(delimiter),
        TASKER_WORKER_SLOTS: '9',
        TASKER_RETENTION_SECONDS: '2592000',
        TASKER_API_KEYS: 'true',
        TASKER_JWT_SECRET: 'hush',
        TASKER_JWT_ALGORITHMS: 'HS256, HS512',
        TASKER_JWT_ISSUER: 'https://issuer',
        TASKER_JWT_AUDIENCE: 'tasker',
        NODE_ENV: 'production',
      }),
    ).toMatchObject({
      host: '::1',
      port: 0,
      log: { level: 'debug' },
      database: { url: 'postgres://h/db', schema: 's' },
      data_dir: '/data',
      roles: ['worker', 'api'],
      templates: ['a', 'b'],
      worker: { slots: 9 },
      retention: { finished_tasks_seconds: 2_592_000 },
      auth: {
        api_keys: true,
        jwt: { secret: 'hush', algorithms: ['HS256', 'HS512'], issuer: 'https://issuer', audience: 'tasker' },
      },
      environment: 'production',
    });
  });

  it('asks nobody who they are, unless that is switched on', () => {
    expect(authOptions(load().auth)).toBeUndefined();
    expect(authOptions(load({ TASKER_API_KEYS: 'false' }).auth)).toBeUndefined();
    expect(authOptions(load({ TASKER_API_KEYS: 'true' }).auth)).toEqual({ apiKeys: true });
    expect(() => load({ TASKER_API_KEYS: 'yes' })).toThrow(/TASKER_API_KEYS auth\.api_keys/);
    expect(() => load({ TASKER_JWT_ALGORITHMS: 'none' })).toThrow(/TASKER_JWT_ALGORITHMS auth\.jwt\.algorithms/);
  });

  it('takes an empty variable for none', () => {
    expect(load({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: null, database: { url: null } });
  });

  it('names every mistake at once, and where it stands', () => {
    write('default.yaml', 'prot: 3\nworker: { slots: none }\n');
    write('production.yaml', '- a list\n');
    const read = () => load({ NODE_ENV: 'production', PORT: 'many', TASKER_ROLES: 'boss' });

    expect(read).toThrow(/default\.yaml.*prot/s);
    expect(read).toThrow(/default\.yaml worker\.slots/);
    expect(read).toThrow(/production\.yaml: must be a map/);
    expect(read).toThrow(/PORT port/);
    expect(read).toThrow(/TASKER_ROLES roles\.0/);
  });

  it('says of YAML that cannot be read which file it is', () => {
    write('default.yaml', 'a: [1\n');
    expect(load).toThrow(/default\.yaml/);
  });
});

describe('maskSettings', () => {
  it.each([
    ['postgres://ann:hush@host:5432/db', 'postgres://ann:***@host:5432/db'],
    ['postgres://ann:hu:sh@host/db', 'postgres://ann:***@host/db'],
    ['postgres://ann:hu@sh@host/db', 'postgres://ann:***@host/db'],
    ['postgres://:hush@host/db', 'postgres://:***@host/db'],
    ['postgres://host/db?user=ann&password=hush&ssl=true', 'postgres://host/db?user=ann&password=***&ssl=true'],
    ['postgres://ann@host/db', 'postgres://ann@host/db'],
    ['postgres://host:5432/db', 'postgres://host:5432/db'],
  ])('hides the password of %s', (url, shown) => {
    expect(maskSettings(load({ DATABASE_URL: url })).database.url).toBe(shown);
  });

  it('hides the secret of tokens', () => {
    const shown = maskSettings(load({ TASKER_JWT_SECRET: 'hush', TASKER_JWT_ISSUER: 'me' }));
    expect(shown.auth).toEqual({ jwt: { secret: '***', issuer: 'me' } });
  });
});
