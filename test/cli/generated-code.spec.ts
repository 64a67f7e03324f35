import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { loadTemplates } from '../../src/index.js';
import { BuiltCli, type Outcome } from './built-cli.js';

const ROOT = join(__dirname, '..', '..');
const run = promisify(execFile);
const SWC: unknown = JSON.parse(readFileSync(join(ROOT, '.swcrc.json'), 'utf8'));

// the compiler, the linter and Jest, each over what was generated
jest.setTimeout(180_000);

const COMPILER_OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  esModuleInterop: true,
  target: 'es2023',
  module: 'nodenext',
  types: ['node', 'jest'],
  paths: {
    'nest-tasker': [join(ROOT, 'src', 'index.ts')],
    'nest-tasker/testing': [join(ROOT, 'src', 'testing', 'index.ts')],
  },
};

/** A Nest application as `nest new` leaves it, as far as generators look at it. */
const HOST: Record<string, string> = {
  'package.json': JSON.stringify({ name: 'host', private: true }),
  'nest-cli.json': JSON.stringify({ collection: '@nestjs/schematics', sourceRoot: 'src' }),
  'tsconfig.json': JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }),
  // as here, and what a new Nest application checks besides
  'eslint.config.mjs': `import here from '${pathToFileURL(join(ROOT, 'eslint.config.mjs')).href}';
const rules = ['no-unsafe-assignment', 'no-unsafe-member-access', 'no-unsafe-return', 'no-unsafe-call'];
const strictly = [...rules, 'no-unsafe-argument', 'require-await'].map((rule) => ['@typescript-eslint/' + rule, 'error']);
export default [...here, { files: ['src/**'], rules: Object.fromEntries(strictly) }];
`,
  '.prettierrc': readFileSync(join(ROOT, '.prettierrc.json'), 'utf8'),
  'config/tasker/events/shop.yaml': 'events:\n  - name: order.placed\n    description: An order was placed\n',
  'src/app.module.ts': `import { Module } from '@nestjs/common';

@Module({
  imports: [],
  providers: [],
})
export class AppModule {}
`,
};

const COMMANDS: string[][] = [
  ['step-handler', 'payments/charge-card', '--dependent-system', 'bank'],
  ['step-handler', 'fetch-cart', '--type', 'api', '--flat'],
  ['task', 'order', '--steps', 'fetch_data(), charge(fetch_data), null(fetch_data), ship(charge, null)'],
  ['task', 'refund', 'payments', '--namespace', 'payments', '--task-handler'],
  ['subscriber', 'notification', '--events', 'task.completed', 'task.failed', 'step.failed'],
  ['subscriber', 'shop', '--events', 'order.placed', 'order.*'],
  ['subscriber', 'a-subscriber-with-a-very-long-name-of-its-own', '--events', '*', 'observability.worker.lost'],
  ['authenticator', 'auth/staff', '--type', 'jwt'],
  ['authenticator', 'auth/partner-key', '--type', 'api_key'],
  ['authenticator', 'sessions'],
];

describe('tasker generate', () => {
  let cli: BuiltCli;
  const generate = (...args: string[]): Promise<Outcome> => cli.run(['generate', ...args]);
  const read = (path: string): string => readFileSync(join(cli.workFolder, path), 'utf8');
  const files = (): string[] => readdirSync(cli.workFolder, { recursive: true, encoding: 'utf8' }).sort();

  beforeAll(async () => {
    cli = await BuiltCli.build();
    for (const [path, text] of Object.entries(HOST)) {
      mkdirSync(join(cli.workFolder, path, '..'), { recursive: true });
      writeFileSync(join(cli.workFolder, path), text);
    }
    for (const command of COMMANDS) {
      const { code, stderr } = await generate(...command);
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    }
  });
  afterAll(() => cli.dispose());

  it('lists what it has written, and enters it in the module', async () => {
    expect((await generate('subscriber', 'audit', '--flat')).stdout.replaceAll(/\d+/g, 'n')).toBe(
      'CREATE src/audit.subscriber.ts (n bytes)\n' +
        'CREATE src/audit.subscriber.spec.ts (n bytes)\n' +
        'UPDATE src/app.module.ts (n bytes)\n',
    );
    expect(read('src/app.module.ts')).toContain('imports: [OrderModule, PaymentsRefundModule],');
    expect(read('src/app.module.ts')).toMatch(
      /providers: \[\n {4}ChargeCardStepHandler,(.|\n)* AuditSubscriber,\n {2}\],/,
    );
  });

  it('only says what it would write in a dry run', async () => {
    const before = files();
    const { code, stdout } = await generate('task', 'invoice', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('CREATE config/tasker/tasks/default/invoice.yaml');
    expect(stdout).toContain('UPDATE src/app.module.ts');
    expect(stdout).toContain('Nothing is written');
    expect(files()).toEqual(before);
    expect(read('src/app.module.ts')).not.toContain('Invoice');
  });

  it('leaves files that exist alone, and writes none of the others either', async () => {
    const path = 'src/shipping/shipping.subscriber.spec.ts';
    mkdirSync(join(cli.workFolder, 'src/shipping'));
    writeFileSync(join(cli.workFolder, path), 'export {};\n');
    const { code, stderr } = await generate('subscriber', 'shipping');
    expect(code).toBe(1);
    expect(stderr).toBe(`${path} exists already: choose another name, or overwrite it with --force.\n`);
    expect(files()).not.toContain('src/shipping/shipping.subscriber.ts');
    expect((await generate('subscriber', 'shipping', '--force', '--skip-import')).stdout).toMatch(
      /^CREATE .*\.subscriber\.ts .*\nUPDATE .*\.spec\.ts .*\n$/,
    );
  });

  it.each([
    [['subscriber', 'x', '--events', 'step.faild'], 'There is no event "step.faild". Did you mean "step.failed"?\n'],
    [['subscriber', 'x', '--events', 'order.plced'], 'There is no event "order.plced". Did you mean "order.placed"?\n'],
    [['step-handler', '../x'], '"../x" leads out of the source folder: give a path inside it.\n'],
    [['step-handler', 'x', '--type', 'soap'], "error: option '--type <value>' argument 'soap' is invalid."],
    [['task', 'x', '--steps', 'a', 'a'], 'The step "a" comes twice'],
  ])('refuses %j', async (args, message) => {
    const before = files();
    const { code, stderr } = await generate(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(files()).toEqual(before);
  });

  it('writes templates that can be loaded', () => {
    const { templates, findings } = loadTemplates([join(cli.workFolder, 'config/tasker/tasks')], {
      environment: 'test',
      env: {},
    });
    expect(findings).toEqual([]);
    expect(templates.map(({ template }) => `${template.namespace}.${template.name}`)).toEqual([
      'default.order',
      'payments.refund',
    ]);
  });

  describe('what it writes', () => {
    const sources = (): string[] =>
      files().flatMap((path) => (path.endsWith('.ts') ? [join(cli.workFolder, path)] : []));

    it('compiles under strict', () => {
      const { options } = ts.convertCompilerOptionsFromJson(COMPILER_OPTIONS, cli.workFolder);
      const program = ts.createProgram(sources(), options);
      const complaints = sources().flatMap((path) => {
        const file = program.getSourceFile(path)!;
        return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      });
      expect(complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    });

    it('passes the linter and is formatted', async () => {
      const tool = (path: string, ...args: string[]): Promise<unknown> =>
        run(process.execPath, [join(ROOT, 'node_modules', path), ...args], { cwd: cli.workFolder });
      await tool('eslint/bin/eslint.js', '--max-warnings', '0', 'src');
      await tool('prettier/bin/prettier.cjs', '--check', 'src', 'config');
    });

    it('passes its own specs', async () => {
      const config = {
        rootDir: cli.workFolder,
        testEnvironment: 'node',
        transform: { '^.+\\.[jt]s$': [join(ROOT, 'node_modules/@swc/jest'), SWC] },
        moduleNameMapper: {
          '^nest-tasker$': join(ROOT, 'src/index.ts'),
          '^nest-tasker/testing$': join(ROOT, 'src/testing/index.ts'),
          '^(\\.{1,2}/.*)\\.js$': '$1',
        },
      };
      const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
      const args = [jest, '--config', JSON.stringify(config), '--json', '--maxWorkers', '2'];
      const { stdout } = await run(process.execPath, args, { cwd: cli.workFolder }).catch((failed: unknown) => {
        throw new Error((failed as { stderr: string }).stderr);
      });
      const specs = files().filter((path) => path.endsWith('.spec.ts'));
      expect(JSON.parse(stdout)).toMatchObject({ success: true, numTotalTestSuites: specs.length });
    });
  });
});
