import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { CORRELATION_HEADER, correlationOf, type CorrelatedRequest } from '../request/correlation.js';
import { problemOf } from './problem.js';

interface Reply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: never): unknown;
}

/** For Fastify's option `frameworkErrors`: paths that it cannot route do not reach any filter of Nest's. */
export function answerUnroutable(error: Error, request: CorrelatedRequest, reply: Reply): void {
  const correlationId = correlationOf(request);
  const problem = problemOf(error, correlationId);
  reply.code(problem.status);
  reply.headers({ 'Content-Type': 'application/problem+json; charset=utf-8', [CORRELATION_HEADER]: correlationId });
  reply.send(JSON.stringify(problem) as never);
}

interface ClientSocket {
  readonly writable: boolean;
  end(text: string): unknown;
  destroy(): unknown;
}

const UNREADABLE: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, "The request's headers are larger than this server accepts: 16 KiB together."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time. Send it again.'],
};
const NOT_HTTP: [status: number, detail: string] = [400, 'The request is not valid HTTP.'];

/** For Fastify's option `clientErrorHandler`: what Node cannot read as HTTP reaches neither Fastify's routes nor Nest. */
export function answerUnreadable({ code }: Error & { code?: string }, socket: ClientSocket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, detail] = UNREADABLE[code ?? ''] ?? NOT_HTTP;
  const id = randomUUID();
  const body = JSON.stringify(problemOf(new HttpException(detail, status), id));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `${CORRELATION_HEADER}: ${id}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
