import { connect } from 'node:net';
import type { HostileRequest } from './hostile-requests.js';
import type { LiveAnswer } from './live-contract.js';

const ANSWER_MS = 15_000;

/** Sends bytes that no HTTP client would, and reads the answer; of a stream its head alone. */
export function sendRaw(port: number, { operation, target, headers, body }: HostileRequest): Promise<LiveAnswer> {
  const lines = [
    `${operation.method.toUpperCase()} ${target} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === null ? [] : [`Content-Length: ${body.length}`]),
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer in ${ANSWER_MS} ms to ${lines[0]}`)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // a server that refuses a body without reading it may close before all was sent
      if (chunks.length > 0 && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return;
      reject(error);
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const answer = Buffer.concat(chunks).toString();
      if (/^content-type: text\/event-stream/im.test(answer) && answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('close', () => {
      const [head = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      const type = /^content-type: *(.*)$/im.exec(head)?.[1]?.trim() ?? '';
      resolve({ status, type, text: type.startsWith('text/event-stream') ? '' : rest.join('\r\n\r\n') });
    });
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)]));
  });
}
