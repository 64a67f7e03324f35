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
