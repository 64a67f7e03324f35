import pino from 'pino';

export const LOG_FORMATS = ['json', 'pretty'] as const;
/** One JSON object a line, or lines for the eyes of a developer. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Lines for eyes where developers work, and for machines everywhere else. */
export const logFormatFor = (environment: string): LogFormat =>
  environment === 'development' || environment === 'test' ? 'pretty' : 'json';

/** While the reader of the output does not keep up, lines wait in memory up to this, in characters; further ones are dropped. */
const MOST_WAITING = 16 * 1024 * 1024;
const STDOUT = 1;
/** A write that a thread has begun is done within this, unless nobody reads. */
const LAST_WRITE_MS = 50;
const PATIENCE_MS = 1_000;

/** Where lines go: written by another thread, in order, so that a slow reader does not hold up the event loop. */
export class LogOutput {
  private readonly destination: ReturnType<typeof pino.destination>;
  private dropped = 0;
  private isWriting = false;

  /** @param fd - of a file that is open */
  constructor(fd = STDOUT) {
    this.destination = pino.destination({ dest: fd, sync: false, maxLength: MOST_WAITING });
    this.destination.on('drop', () => this.dropped++);
    this.destination.on('drain', () => (this.isWriting = false));
    // nobody reads any more: a server goes on without
    this.destination.on('error', () => undefined);
  }

  write(text: string): void {
    this.isWriting = true;
    this.destination.write(text);
  }

  /** How many lines were dropped since this was last asked. */
  takeDropped(): number {
    const { dropped } = this;
    this.dropped = 0;
    return dropped;
  }

  /** Resolves when what was written until now is out, or nobody has taken it for a second. */
  async drained(): Promise<void> {
    if (!this.isWriting) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    const drained = new Promise<void>((resolve) => this.destination.once('drain', resolve));
    await Promise.race([drained, late]).finally(() => clearTimeout(timer));
  }

  /** Writes what waits before it returns: for a process that ends at once. */
  flush(): void {
    // what another thread is writing at this moment comes first, and is not waited for below
    if (this.isWriting) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WRITE_MS);
    try {
      this.destination.flushSync();
    } catch {
      // the process ends whether or not somebody reads what it says
    }
  }
}
