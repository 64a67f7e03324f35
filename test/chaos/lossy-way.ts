import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A way to a database on which a network can misbehave. */
export class LossyWay {
  private readonly ways = new Map<Socket, Socket>();
  private losing = false;
  private severed = false;
  private readonly server = createServer((near) => this.open(near));

  private constructor(private readonly target: URL) {}

  static async to(url: string): Promise<LossyWay> {
    const way = new LossyWay(new URL(url));
    way.server.listen(0, '127.0.0.1');
    await once(way.server, 'listening');
    return way;
  }

  get url(): string {
    const url = new URL(this.target.href);
    [url.hostname, url.port] = ['127.0.0.1', String((this.server.address() as AddressInfo).port)];
    return url.href;
  }

  /** What is asked still arrives and is done, but its answer is lost; then the connections break. */
  async loseAnswers(forMs: number): Promise<void> {
    this.losing = true;
    await delay(forMs);
    this.breakAll();
    this.losing = false;
  }

  /** Connections break, and new ones break at once, until `restore`. */
  sever(): void {
    this.severed = true;
    this.breakAll();
  }

  restore(): void {
    this.severed = false;
  }

  async close(): Promise<void> {
    this.breakAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private open(near: Socket): void {
    near.on('error', () => undefined);
    if (this.severed) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.target.port), this.target.hostname);
    far.on('error', () => undefined);
    this.ways.set(near, far);
    near.pipe(far);
    far.on('data', (answer: Buffer) => {
      if (!this.losing && !near.destroyed) near.write(answer);
    });
    near.on('close', () => {
      this.ways.delete(near);
      far.end();
    });
    far.on('close', () => near.destroy());
  }

  private breakAll(): void {
    for (const near of this.ways.keys()) near.destroy();
  }
}
