import { UnauthenticatedError } from '../../auth/unauthenticated-error.js';
import { CORRELATION_HEADER, correlationOf, type CorrelatedRequest } from '../request/correlation.js';
import { RateLimitedError } from '../request/rate-limited-error.js';
import { problemOf } from './problem.js';
import type { ProblemResource } from './problem.resource.js';

const RETRY_AFTER_SECONDS = 5;

/** What Express's and Fastify's answers have in common here. */
export interface ProblemWriter {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** The headers of the answer that is a problem. */
export function problemHeaders(
  error: unknown,
  { status, correlation_id: id }: ProblemResource,
): Record<string, string> {
  return {
    'Content-Type': 'application/problem+json; charset=utf-8',
    [CORRELATION_HEADER]: id,
    ...(status === 503 || status === 429 ? { 'Retry-After': String(retryAfter(error)) } : {}),
    ...(error instanceof UnauthenticatedError ? { 'WWW-Authenticate': error.challenge } : {}),
  };
}

const retryAfter = (error: unknown): number =>
  error instanceof RateLimitedError ? error.retryAfterSeconds : RETRY_AFTER_SECONDS;

/** Answers with a problem where no filter of Nest's is at hand. */
export function writeProblem(error: unknown, request: CorrelatedRequest, response: ProblemWriter): unknown {
  const problem = problemOf(error, correlationOf(request));
  for (const [name, value] of Object.entries(problemHeaders(error, problem))) response.header(name, value);
  response.status(problem.status);
  return response.send(JSON.stringify(problem));
}
