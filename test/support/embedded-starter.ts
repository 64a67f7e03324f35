import { transformFileSync } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';

const ROOT = join(__dirname, '..', '..');
const MODULES = join(ROOT, 'node_modules');

/** Disk writes are not waited for: these clusters are thrown away. */
export const FAST = { fsync: 'off', full_page_writes: 'off' };

const SCRIPT = `
const { Client } = require('pg');
const { startEmbeddedPostgres } = require('./persistence/embedded/embedded-postgres.js');
process.on('SIGINT', () => {});
const say = (answer) => console.log(JSON.stringify(answer));
const query = async (connectionString, sql) => {
  const client = new Client({ connectionString });
  await client.connect();
  try { return (await client.query(sql)).rows } finally { await client.end() }
};
startEmbeddedPostgres({ dataDir: process.argv[2], settings: ${JSON.stringify(FAST)} }).then(
  ({ url, port, pid, adopted, release }) => {
    say({ url, port, pid, adopted });
    require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
      if (line === 'release') { await release(); process.exit(0) }
      say(await query(url, line).catch((error) => ({ error: error.message })));
    });
  },
  (error) => { say({ code: error.code, error: error.message }); process.exit(1) },
);
`;

/** What a starter says of the server it started, or of its failure. */
export interface StarterAnswer {
  url: string;
  port: number;
  pid: number;
  adopted: boolean;
  code?: string;
  error?: string;
}

export interface StarterOptions {
  uid?: number;
  gid?: number;
  /** Command and arguments that run the command after them. */
  prefix?: readonly string[];
  env?: Record<string, string>;
  /** Folder with the transpiled launcher. @default one for the whole test file */
  program?: string;
}

/** A process of its own that starts the embedded server and keeps using it. */
export class Starter {
  readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(program: string, dataDir: string, { uid, gid, prefix = [], env = {} }: StarterOptions) {
    const script = join(program, 'starter.js');
    const [command = '', ...args] = [...prefix, process.execPath, script, dataDir];
    const options = { uid, gid, env: { PATH: process.env.PATH, NODE_PATH: MODULES, ...env }, detached: true, cwd: '/' };
    this.process = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /** What it says next: about the server first, then the rows of each query. */
  async answer<T = StarterAnswer>(): Promise<T> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the starter said nothing, exit code ${this.process.exitCode}`);
    return JSON.parse(value) as T;
  }

  query<T>(sql: string): Promise<T[]> {
    this.process.stdin!.write(`${sql}\n`);
    return this.answer<T[]>();
  }

  /** Has it let go of the server and end. */
  async release(): Promise<void> {
    this.process.stdin!.write('release\n');
    await this.ended();
    if (this.process.exitCode !== 0)
      throw new Error(`the starter could not let go, exit code ${this.process.exitCode}`);
  }

  /** Ends it as an operator's kill -9 would. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended();
  }

  async ended(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
  }
}

/** Folders and processes of one test file, to be thrown away by `clear`. */
export class Workshop {
  private readonly folders: string[] = [];
  private readonly clusters: string[] = [];
  private readonly starters: Starter[] = [];
  private transpiled?: string;

  /** A new folder that any account may enter. */
  folder(mode = 0o755): string {
    const folder = mkdtempSync(join(tmpdir(), 'tasker-embedded-'));
    chmodSync(folder, mode);
    this.folders.push(folder);
    return folder;
  }

  /** The folder of a cluster that is not there yet. */
  cluster(parent = this.folder()): string {
    const dataDir = join(parent, 'postgres');
    this.clusters.push(dataDir);
    return dataDir;
  }

  starter(dataDir: string, options: StarterOptions = {}): Starter {
    const starter = new Starter(options.program ?? this.program(), dataDir, options);
    this.starters.push(starter);
    return starter;
  }

  async clear(): Promise<void> {
    await Promise.all(this.starters.map((starter) => starter.kill()));
    for (const dataDir of this.clusters) await stopIfRunning(dataDir);
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }
  private program(): string {
    if (!this.transpiled) transpileStarter((this.transpiled = this.folder()));
    return this.transpiled;
  }
}

/** Waits until something is so. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(2);
}

/** Transpiles the launcher and its script into a folder, for processes without Jest. */
export function transpileStarter(folder: string): void {
  const config = JSON.parse(readFileSync(join(ROOT, '.swcrc.json'), 'utf8')) as object;
  for (const part of ['core', 'persistence/embedded']) {
    mkdirSync(join(folder, part), { recursive: true });
    for (const name of readdirSync(join(ROOT, 'src', part)).filter((file) => /^[a-z-]+\.ts$/.test(file))) {
      const { code } = transformFileSync(join(ROOT, 'src', part, name), { ...config, swcrc: false });
      writeFileSync(join(folder, part, name.replace(/ts$/, 'js')), code);
    }
  }
  writeFileSync(join(folder, 'starter.js'), SCRIPT);
}

async function stopIfRunning(dataDir: string): Promise<void> {
  try {
    readFileSync(join(dataDir, 'data', 'postmaster.pid'));
  } catch {
    return;
  }
  await (await startEmbeddedPostgres({ dataDir, settings: FAST })).release();
}
