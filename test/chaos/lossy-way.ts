import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerMessages } from './server-messages.js';

/** What a slow network does to all that passes it. */
export interface Slowness {
  /** How much later everything arrives, in milliseconds. */
  latencyMs: number;
  bytesPerSecond: number;
}

/** PostgreSQL's `NotificationResponse`. */
const NOTIFICATION = 'A';

/** A way to a database on which a network can misbehave. */
export class LossyWay {
  private readonly links = new Set<Link>();
  private losing = false;
  private severed = false;
  private readonly server = createServer((near) => this.open(near));
  /** Null: what comes is passed on at once. */
  slowness: Slowness | null = null;
  /** Notifications are lost, though listening for them succeeds: as behind a pooler that lends connections by the transaction. */
  deaf = false;
  /** A connection is stalled when something with this text is asked on it, before that passes. */
  stallAt: string | null = null;

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

  /** Ports from which its connections reach the server: `client_port` in `pg_stat_activity`. */
  get ports(): number[] {
    return [...this.links].map(({ far }) => far.localPort ?? 0);
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

  /** The connections that there are carry nothing any more, and nobody is told: neither side sees the other go. */
  stall(): void {
    for (const link of this.links) link.stalled = true;
  }

  breakAll(): void {
    for (const { near, far } of this.links) {
      near.destroy();
      far.destroy();
    }
  }

  async close(): Promise<void> {
    this.severed = true;
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
    const link = new Link(near, connect(Number(this.target.port), this.target.hostname), this);
    this.links.add(link);
    link.far.on('close', () => this.links.delete(link));
  }

  /** What is left of an answer on its way back. */
  passable(answer: Buffer, messages: ServerMessages): Buffer | null {
    const heard = messages.without(this.deaf ? NOTIFICATION : null, answer);
    return this.losing ? null : heard;
  }
}

/** One connection: from the client to here (near), and from here to the server (far). */
class Link {
  /** Nothing passes, nothing is told. */
  stalled = false;

  constructor(
    readonly near: Socket,
    readonly far: Socket,
    way: LossyWay,
  ) {
    const messages = new ServerMessages();
    const [there, back] = [new Direction(near, far, way), new Direction(far, near, way)];
    far.on('error', () => undefined);
    near.on('data', (request: Buffer) => {
      if (way.stallAt !== null && request.includes(way.stallAt)) this.stalled = true;
      if (!this.stalled) there.pass(request);
    });
    far.on('data', (answer: Buffer) => {
      const rest = way.passable(answer, messages);
      if (rest && !this.stalled) back.pass(rest);
    });
    near.on('close', () => this.stalled || there.end());
    far.on('close', () => this.stalled || back.end());
  }
}

/** Bytes in their order, each as late as the way makes it. */
class Direction {
  private freeAt = 0;
  private underWay: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly way: LossyWay,
  ) {}

  pass(bytes: Buffer): void {
    const { slowness } = this.way;
    if (!slowness && this.waiting === 0) {
      this.write(bytes);
      return;
    }
    const now = performance.now();
    const { latencyMs, bytesPerSecond } = slowness ?? { latencyMs: 0, bytesPerSecond: Infinity };
    this.freeAt = Math.max(this.freeAt, now) + (bytes.length / bytesPerSecond) * 1000;
    this.later(this.freeAt + latencyMs - now, () => this.write(bytes));
  }

  end(): void {
    if (this.waiting === 0) this.to.end();
    else this.later(0, () => this.to.end());
  }

  private later(ms: number, what: () => void): void {
    this.waiting += 1;
    const due = delay(ms);
    this.underWay = this.underWay
      .then(() => due)
      .then(what)
      .finally(() => (this.waiting -= 1));
  }

  private write(bytes: Buffer): void {
    if (!this.to.writable || this.to.write(bytes)) return;
    this.from.pause();
    this.to.once('drain', () => this.from.resume());
  }
}
