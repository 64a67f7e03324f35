import { setTimeout as delay } from 'node:timers/promises';
import type { TaskerOptions } from '../../../src/index.js';
import { LossyWay } from '../lossy-way.js';
import type { Stage } from '../stage.js';
import type { Worker } from '../worker.js';
import { templatesOf } from './load-templates.js';

const START_MS = 120_000;
const RETRY_MS = 200;
const PRELOAD = 'faults/shifting-clock.cjs';

/** Where one worker process runs at a time, with a way to the database of its own. Whoever died is replaced, as any deployment does. */
export class Place {
  worker!: Worker;
  /** The release of the next worker that starts here. */
  release = 1;
  /** Of workers that have ended though nobody wanted them to. */
  readonly complaints: string[] = [];
  private filling: Promise<void> | null = null;
  /** Those that somebody wanted to end. */
  private readonly ended = new Set<Worker>();

  private constructor(
    readonly name: string,
    private readonly stage: Stage,
    readonly way: LossyWay,
    private readonly options: TaskerOptions['worker'],
  ) {}

  static async open(name: string, stage: Stage, options: TaskerOptions['worker']): Promise<Place> {
    return new Place(name, stage, await LossyWay.to(stage.databaseUrl), options);
  }

  /** Sees to it that a worker is ready here. */
  fill(): Promise<void> {
    this.filling ??= this.start().finally(() => (this.filling = null));
    return this.filling;
  }

  async kill(): Promise<void> {
    this.ended.add(this.worker);
    await this.worker.kill();
  }

  /** Asks the worker to end. @throws Error if it does so with an error */
  async terminate(): Promise<void> {
    const { worker } = this;
    if (!worker?.isRunning || this.ended.has(worker)) return;
    this.ended.add(worker);
    const { isReady } = worker;
    worker.signal('SIGTERM');
    const { code, signal } = await worker.whenEnded();
    if (code !== 0 && isReady && signal !== 'SIGKILL')
      throw new Error(`worker ${worker.pid} was asked to end, and ended with ${code ?? signal}:\n${worker.output}`);
  }

  /** Notes it if the worker has ended of itself. */
  lookAfter(): void {
    const { worker } = this;
    if (!worker || worker.isRunning || this.ended.has(worker)) return;
    this.ended.add(worker);
    const how = JSON.stringify(worker.exit);
    this.complaints.push(`worker ${worker.pid} ended of itself (${how}):\n${worker.output.slice(-3_000)}`);
  }

  close(): Promise<void> {
    return this.way.close();
  }

  /** While the database is away no worker starts: then it is tried again. */
  private async start(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (!this.worker?.isRunning || !this.worker.isReady) {
      if (!this.worker?.isRunning) {
        this.lookAfter();
        const orders = { databaseUrl: this.way.url, templates: templatesOf(this.release), release: this.release };
        this.worker = this.stage.start({ ...this.options, name: this.name }, orders, PRELOAD);
      }
      const { worker } = this;
      try {
        await worker.ready;
      } catch (error) {
        this.ended.add(worker);
        if (Date.now() > deadline) throw error;
        await delay(RETRY_MS);
      }
    }
  }
}
