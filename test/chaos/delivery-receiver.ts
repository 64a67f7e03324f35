import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A post that the receiver got, and what it said to it. */
export interface Receipt {
  id: string;
  body: string;
  taskId: string;
  said: Reaction;
}

/** Takes it and says so; takes it and fails to say so; does not take it; says nothing; hangs up. */
type Reaction = 'taken' | 'taken in vain' | 'refused' | 'silent' | 'hung up';

const LIKELY: [Reaction, number][] = [
  ['taken', 0.8],
  ['taken in vain', 0.06],
  ['refused', 0.1],
  ['hung up', 0.038],
  ['silent', 0.002],
];

/** Receives events over HTTP, and fails at random. */
export class DeliveryReceiver {
  readonly receipts: Receipt[] = [];
  url = '';
  private server: Server | null = null;

  constructor(private readonly random: () => number) {}

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const said = this.reaction();
        const { task_id: taskId } = JSON.parse(body) as { task_id: string };
        this.receipts.push({ id: request.headers['webhook-id'] as string, body, taskId, said });
        if (said === 'hung up') request.socket.destroy();
        else if (said === 'taken') response.writeHead(204).end();
        else if (said !== 'silent') response.writeHead(500).end();
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }

  private reaction(): Reaction {
    let left = this.random();
    for (const [reaction, share] of LIKELY) {
      left -= share;
      if (left < 0) return reaction;
    }
    return 'taken';
  }
}
