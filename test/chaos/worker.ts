import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from './program.js';

const OUTPUT_LENGTH = 20_000;
/** Longer than the longest drain here. */
const EXIT_MS = 60_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A worker in a process of its own. */
export class Worker {
  /** What it has printed, the last of it. */
  output = '';
  exit: Exit | null = null;
  /** When it was sent SIGKILL, in milliseconds of the wall clock. */
  killedMs: number | null = null;
  isReady = false;
  /** Resolves once it claims steps; rejects if it ends before. */
  readonly ready: Promise<void>;
  private readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;

  /**
   * @param orders - what its script wants to know: JSON
   * @param preload - a script of the program that is loaded before everything else, in each of its threads too
   */
  constructor(program: Program, orders: object, preload?: string) {
    const loading = preload === undefined ? [] : ['--require', join(dirname(program.worker), preload)];
    this.process = spawn(process.execPath, [...loading, program.worker], {
      env: { PATH: process.env.PATH, NODE_PATH: program.modules, CHAOS: JSON.stringify(orders) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (data: Buffer) => (this.output = (this.output + data.toString()).slice(-OUTPUT_LENGTH)));
    }
    this.ended = once(this.process, 'exit').then(([code, signal]) => (this.exit = { code, signal }));
    this.ready = Promise.race([
      once(this.process, 'message').then(() => void (this.isReady = true)),
      this.ended.then(() => Promise.reject(new Error(`a worker ended before it was ready:\n${this.output}`))),
    ]);
    this.ready.catch(() => undefined);
  }

  get pid(): number {
    return this.process.pid!;
  }

  get isRunning(): boolean {
    return this.exit === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.killedMs ??= Date.now();
    this.process.kill(signal);
  }

  /** Sends it a message, if it can still be reached. */
  tell(message: object): void {
    if (this.process.connected) this.process.send(message, () => undefined);
  }

  /** Resolves with how it ended. */
  async whenEnded(mostMs = EXIT_MS): Promise<Exit> {
    const late = delay(mostMs, undefined, { ref: false }).then(() => {
      if (!this.exit) throw new Error(`worker ${this.pid} did not end within ${mostMs} ms:\n${this.output}`);
    });
    await Promise.race([this.ended, late]);
    return this.exit!;
  }

  async kill(): Promise<void> {
    if (this.isRunning) this.signal('SIGKILL');
    await this.ended;
  }
}
