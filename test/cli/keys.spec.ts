import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/engine.js';
import { BuiltCli, type Outcome, type StartedCommand } from './built-cli.js';

jest.setTimeout(60_000);

describe('the commands for keys', () => {
  let cli: BuiltCli;
  let database: TestDatabase;
  let server: StartedCommand;
  let url: string;

  beforeAll(async () => {
    [cli, database] = await Promise.all([BuiltCli.build(), createTestDatabase()]);
    // reachable from elsewhere, as it may be now
    const env = {
      PORT: '0',
      HOST: '0.0.0.0',
      DATABASE_URL: database.url,
      TASKER_ROLES: 'api',
      TASKER_API_KEYS: 'true',
    };
    server = cli.start(['serve'], env);
    url = (await server.said(/Tasker is ready on (\S+)/))[1]!.replace('0.0.0.0', '127.0.0.1');
  });
  afterAll(async () => {
    await server?.stop();
    cli?.dispose();
    await database?.drop();
  });

  const keys = (...args: string[]): Promise<Outcome> => cli.run(['keys', ...args], { DATABASE_URL: database.url });
  const list = (token: string): Promise<Outcome> =>
    cli.run(['task', 'list', '--json'], { TASKER_URL: url, TASKER_TOKEN: token });
  const known = async () => JSON.parse((await keys('list', '--json')).stdout) as { keys: Record<string, unknown>[] };

  it('make a key that opens the server, to the output alone', async () => {
    const { code, stdout, stderr } = await keys(
      'create',
      'ci',
      '-p',
      'tasker.task:index,tasker.task:show',
      '-n',
      'shop',
      '-e',
      '90d',
    );
    expect([code, stderr]).toEqual([0, 'The key of ci; it is not shown again:\n']);
    expect(stdout).toMatch(/^tsk_[0-9a-f]{16}_[0-9a-f]{64}\n$/);
    expect(await list(stdout.trim())).toMatchObject({ code: 0, stdout: expect.stringContaining('"tasks"') });
    expect(await list('')).toMatchObject({ code: 1, stderr: expect.stringContaining('Say who you are') });
    expect((await known()).keys[0]).toMatchObject({
      name: 'ci',
      state: 'active',
      permissions: ['tasker.task:index', 'tasker.task:show'],
      namespaces: ['shop'],
      roles: [],
      last_used_at: expect.any(String),
    });
  });

  it('rotate it, list it without its secret, and revoke it', async () => {
    const rotated = JSON.parse((await keys('rotate', 'ci', '--grace', '60', '--json')).stdout) as {
      key: string;
      id: string;
    };
    expect(await list(rotated.key)).toMatchObject({ code: 0 });
    const { stdout } = await keys('list');
    expect(stdout).toContain(rotated.id);
    expect(stdout).not.toContain(rotated.key.split('_')[2]!);
    expect(await keys('revoke', 'ci')).toMatchObject({ code: 0, stdout: 'ci is revoked\n' });
    expect((await known()).keys[0]).toMatchObject({ name: 'ci', state: 'revoked' });
    await eventually('it opens nothing', async () => (await list(rotated.key)).stderr.includes('not valid'));
  });

  it('say what is wrong, and show no secret of it', async () => {
    const wrong = await keys('create', 'x', '-p', 'tasker.task:creat');
    expect(wrong).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Did you mean "tasker.task:create"?'),
    });
    expect(await keys('revoke', 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no key "nobody"'),
    });
    expect(await keys('create', 'x', '-p', '*', '-e', 'soon')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('90d'),
    });
    const token = await list('with a\nbreak');
    expect(token).toMatchObject({ code: 1, stderr: expect.stringContaining('TASKER_TOKEN holds what no header can') });
    expect(token.stderr).not.toContain('break');
  });

  it('are needed before a server listens where others reach it', async () => {
    const { code, stderr } = await cli.run(['serve'], { PORT: '0', HOST: '0.0.0.0', DATABASE_URL: database.url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/HOST=0\.0\.0\.0 would open Tasker to others.*TASKER_API_KEYS=true.*tasker keys create/);
  });
});
