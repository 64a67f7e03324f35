import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a database that can be cut and restored, as a network does it. */
export class SeverableDatabase {
  private readonly sockets = new Set<Socket>();
  private server: Server;
  private port = 0;

  private constructor(private readonly target: URL) {
    this.server = this.listener();
  }

  static async to(url: string): Promise<SeverableDatabase> {
    const way = new SeverableDatabase(new URL(url));
    await way.restore();
    return way;
  }

  get url(): string {
    const url = new URL(this.target.href);
    [url.hostname, url.port] = ['127.0.0.1', String(this.port)];
    return url.href;
  }

  /** Connections break, and new ones are refused. */
  async sever(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async restore(): Promise<void> {
    this.server = this.listener();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Connections stay, but nothing comes back any more. */
  stall(): void {
    for (const socket of this.sockets) socket.pause();
  }

  private listener(): Server {
    return createServer((near) => {
      const far = connect(Number(this.target.port || 5432), this.target.hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => (this.sockets.delete(socket), other.destroy()));
        socket.pipe(other);
      }
    });
  }
}
