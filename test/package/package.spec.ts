import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '../support/database.js';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
const { devDependencies, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
  version: string;
};

/** What a host of each major installs beside the package: the peers that it must have. */
const HOSTS = {
  'Nest 11': { nest: '^11.2.0' },
  'Nest 12': { nest: '^12.5.0' },
} as const;

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
        'dist/cli/main.js',
        'LICENSE',
      ]),
    );
    expect(contents).toContain('dist/persistence/sql/functions/advance.sql');
    expect(contents).toContain('dist/worker/heartbeat.thread.js');
    expect(contents.filter((path) => /^(src|test|examples|bench)\/|\.spec\.|\.map$|tsbuildinfo/.test(path))).toEqual(
      [],
    );
    expect(contents.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it.each(Object.entries(HOSTS))('runs a task in a fresh %s application', async (major, { nest }) => {
    const host = mkdtempSync(join(folder, 'host-'));
    const dependencies = {
      '@nestjs/common': nest,
      '@nestjs/core': nest,
      '@nestjs/platform-express': nest,

      'nest-tasker': `file:${tarball}`,
      typescript: devDependencies.typescript,
      '@types/node': devDependencies['@types/node'],
    };
    writeFileSync(join(host, 'package.json'), JSON.stringify({ name: 'host', private: true, dependencies }));
    copyFileSync(join(__dirname, 'host-app.cjs'), join(host, 'host-app.cjs'));
    copyFileSync(join(__dirname, 'host-types.ts'), join(host, 'host-types.ts'));
    await run('npm', ['install', '--no-audit', '--no-fund', '--omit=optional'], { cwd: host, maxBuffer: 1e8 });

    const database = await createTestDatabase();
    try {
      const { stdout } = await run(process.execPath, ['host-app.cjs', database.url], { cwd: host });
      const outcome = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
      expect(outcome).toMatchObject({
        status: 'complete',
        result: { shout: 'HELLO HOST' },
        alone: { greeting: 'Hello alone' },
      });
      expect(outcome.nest).toMatch(major === 'Nest 11' ? /^11\./ : /^12\./);
    } finally {
      await database.drop();
    }
    const compile = ['--noEmit', '--strict', '--module', 'node20', '--target', 'es2022', '--skipLibCheck'];
    const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata'];
    await run(join(host, 'node_modules', '.bin', 'tsc'), [...compile, ...decorators, 'host-types.ts'], { cwd: host });
  });
});
