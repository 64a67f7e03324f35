import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { Database } from '../persistence/database.js';

const TURN_MS = 250;
const THREAD = join(__dirname, 'heartbeat.thread.js');

interface Answer {
  state?: 'live' | 'draining' | 'stopped' | 'lost';
  others?: number;
  error?: string;
}

/** Says in the database that this worker lives, from a thread that no handler can block. */
@Injectable()
export class Heartbeat {
  private readonly logger = new Logger('tasker.heartbeat');
  private readonly turns = new SharedArrayBuffer(4);
  private thread: Worker | null = null;
  private turning: NodeJS.Timeout | undefined;
  private failing = false;
  /** When the database last took a beat, in milliseconds of the wall clock. */
  lastBeatAt = 0;

  constructor(
    private readonly database: Database,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  /** Called with what the database answered to a beat. */
  onBeat: (answer: { lost: boolean; others: number }) => void = () => undefined;

  start(workerId: number): void {
    // registering was a sign of life
    this.lastBeatAt = Date.now();
    const counter = new Int32Array(this.turns);
    this.turning ??= setInterval(() => Atomics.add(counter, 0, 1), TURN_MS).unref();
    const thread = new Worker(THREAD, {
      workerData: {
        url: this.database.location.url,
        statement: this.database.statement('heartbeat', 2),
        workerId,
        everyMs: this.config.worker.heartbeatMs,
        turns: this.turns,
      },
    });
    thread.on('message', (answer: Answer) => this.receive(answer));
    thread.on('error', (error) => this.logger.error('The heartbeat has stopped', error));
    thread.unref();
    this.thread = thread;
  }

  async stop(): Promise<void> {
    clearInterval(this.turning);
    this.turning = undefined;
    const thread = this.thread;
    this.thread = null;
    if (!thread) return;
    thread.removeAllListeners();
    const gone = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage('stop');
    await gone;
  }

  private receive({ state, others, error }: Answer): void {
    if (error !== undefined) {
      if (!this.failing) this.logger.warn(`A heartbeat failed: ${error}`);
      this.failing = true;
      return;
    }
    this.failing = false;
    this.lastBeatAt = Date.now();
    this.onBeat({ lost: state === 'lost', others: others ?? 0 });
  }
}
