import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command `tasker` as it is installed: compiled, in a process of its own, in a folder without settings. */
export class BuiltCli {
  readonly folder = mkdtempSync(join(tmpdir(), 'tasker-cli-'));
  private readonly main = join(this.folder, 'dist', 'cli', 'main.js');
  private readonly running = new Set<ChildProcess>();

  static async build(): Promise<BuiltCli> {
    const cli = new BuiltCli();
    const dist = join(cli.folder, 'dist');
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    // types are checked elsewhere
    const quickly = ['--noCheck', '--declaration', 'false', '--incremental', 'false', '--tsBuildInfoFile', 'null'];
    await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist, ...quickly], { cwd: ROOT });
    await run(process.execPath, [join('scripts', 'copy-assets.mjs'), 'src', dist, '.sql', '.json'], { cwd: ROOT });
    copyFileSync(join(ROOT, 'package.json'), join(cli.folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(cli.folder, 'node_modules'));
    mkdirSync(cli.workFolder);
    return cli;
  }

  /** Where commands run. */
  get workFolder(): string {
    return join(this.folder, 'work');
  }

  async run(args: string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Outcome> {
    const started = this.start(args, env);
    started.child.stdin!.end(input);
    return started.ended;
  }

  start(args: string[], env: NodeJS.ProcessEnv = {}): StartedCommand {
    // what this process is set up with is not for the command
    const unset = { NODE_ENV: undefined, TASKER_URL: undefined, DATABASE_URL: undefined };
    const child = spawn(process.execPath, [this.main, ...args], {
      cwd: this.workFolder,
      env: { ...process.env, ...unset, ...env },
    });
    this.running.add(child);
    child.once('close', () => this.running.delete(child));
    return new StartedCommand(child);
  }

  dispose(): void {
    for (const child of this.running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class StartedCommand {
  readonly ended: Promise<Outcome>;
  private stdout = '';
  private stderr = '';
  private readonly waiting = new Set<() => void>();

  constructor(readonly child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      for (const check of this.waiting) check();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** Resolves with the match once the output has one; rejects if the command ends before. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      const check = (): void => {
        const match = pattern.exec(this.stdout);
        if (!match) return;
        this.waiting.delete(check);
        resolve(match);
      };
      this.waiting.add(check);
      check();
    });
    const gone = this.ended.then(({ code, stderr }): never => {
      const match = pattern.exec(this.stdout);
      if (match) return match as never;
      throw new Error(`the command ended with ${code} before it said ${pattern.source}: ${this.stdout}${stderr}`);
    });
    return Promise.race([found, gone]);
  }

  stop(): Promise<Outcome> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
