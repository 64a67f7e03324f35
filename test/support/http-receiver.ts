import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface PreparedAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  /** Says nothing for so long, in milliseconds. */
  afterMs?: number;
}

/** A service of somebody else's: a loopback server that keeps what it is sent, and answers as it is told to. */
export class HttpReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** Taken one by one; then `usual`. */
  readonly answers: PreparedAnswer[] = [];
  usual: (request: ReceivedRequest) => PreparedAnswer = () => ({ status: 200 });
  private readonly server: Server;

  constructor() {
    this.server = createServer((incoming, outgoing) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (body += chunk));
      incoming.on('end', () => {
        const { method = '', url: path = '', headers } = incoming;
        const request = { method, path, headers, body };
        this.requests.push(request);
        const {
          status,
          headers: said = {},
          body: text = '',
          afterMs = 0,
        } = this.answers.shift() ?? this.usual(request);
        setTimeout(() => outgoing.writeHead(status, said).end(text), afterMs).unref();
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get bodies(): unknown[] {
    return this.requests.map(({ body }) => JSON.parse(body) as unknown);
  }

  reset(): void {
    this.requests.length = 0;
    this.answers.length = 0;
    this.usual = () => ({ status: 200 });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
