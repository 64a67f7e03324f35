import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { makeProgram, type Program } from '../chaos/program.js';
import type { Orders } from './traced-process.js';

const OUTPUT_LENGTH = 20_000;

/** The sources, transpiled for processes in which modules are really loaded: what is patched as it is loaded is not under Jest. */
export const tracedProgram = (): Program =>
  makeProgram({ src: 'src', 'test/telemetry': 'test/telemetry' }, 'test/telemetry/traced-process.js');

/** What `nest-tasker/telemetry` is. */
export const preloadOf = ({ worker }: Program): string => join(worker, '../../../src/telemetry/preload.js');

/** A process of a deployment with tracing preloaded. */
export class TracedProcess {
  output = '';
  readonly ready: Promise<{ url: string }>;
  private readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(program: Program, orders: Orders, variables: Record<string, string>) {
    this.process = spawn(process.execPath, ['--require', preloadOf(program), program.worker], {
      env: { PATH: process.env.PATH, NODE_PATH: program.modules, ORDERS: JSON.stringify(orders), ...variables },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (data: Buffer) => (this.output = (this.output + data.toString()).slice(-OUTPUT_LENGTH)));
    }
    this.ended = once(this.process, 'exit');
    this.ready = Promise.race([
      once(this.process, 'message').then(([message]) => message as { url: string }),
      this.ended.then(() => Promise.reject(new Error(`it ended before it was ready:\n${this.output}`))),
    ]);
    this.ready.catch(() => undefined);
  }

  /** Resolves once it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    await this.ended;
  }
}
