import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { TaskerError, type Finding } from '../../core/errors.js';
import { inBody } from '../request/in-body.js';
import { BodyInvalidError } from '../request/read.js';
import { isDatabaseOutage } from './database-outage.js';
import { PROBLEM_STATUS } from './problem-status.js';
import type { ProblemResource } from './problem.resource.js';

/** A client that is told of more would not read them. */
const MOST_FINDINGS = 1000;

const DATABASE_UNAVAILABLE = 'The database cannot be reached just now. Nothing was changed; send the request again.';
const INTERNAL_ERROR = "The server failed. What happened is in its log, under this answer's correlation id.";

/** Those of 503 whose words are for the client. */
const SPOKEN: ReadonlySet<string> = new Set(['list_timeout', 'backlog_full']);

const DETAILS: Record<number, string> = {
  413: 'The body is larger than this server accepts. Send less, or several smaller requests.',
  415: 'Send the body as JSON, with the header Content-Type: application/json.',
};

/** The problem to answer for anything that was thrown. */
export function problemOf(error: unknown, correlationId: string): ProblemResource {
  if (error instanceof TaskerError) return taskerProblem(error, correlationId);
  if (isDatabaseOutage(error)) return problem('database_unavailable', 503, DATABASE_UNAVAILABLE, correlationId);
  const status = httpStatusOf(error);
  if (status === null || status >= 500) return serverProblem(status, correlationId);
  const { message } = error as Error;
  if (status === 400) return problem('request_invalid', 400, malformed(message), correlationId);
  const code = (STATUS_CODES[status] ?? `http ${status}`).toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  return problem(code, status, DETAILS[status] ?? message, correlationId);
}

function taskerProblem(error: TaskerError, correlationId: string): ProblemResource {
  const { code, message } = error;
  const status = PROBLEM_STATUS[code];
  if (status === 503 && !SPOKEN.has(code))
    return problem('database_unavailable', 503, DATABASE_UNAVAILABLE, correlationId);
  if (status === 500) return serverProblem(status, correlationId);
  const findings = error.findings.slice(0, MOST_FINDINGS);
  return problem(
    code,
    status,
    message,
    correlationId,
    error instanceof BodyInvalidError ? findings : findings.map(inBody),
  );
}

const serverProblem = (status: number | null, correlationId: string): ProblemResource =>
  status === 503
    ? problem('service_unavailable', 503, 'This server cannot answer just now. Send the request again.', correlationId)
    : problem('internal_error', 500, INTERNAL_ERROR, correlationId);

const problem = (
  code: string,
  status: number,
  detail: string,
  correlationId: string,
  errors: Finding[] = [],
): ProblemResource => ({
  type: `urn:tasker:problem:${code}`,
  title: code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' '),
  status,
  detail,
  code,
  errors,
  correlation_id: correlationId,
});

/** Errors of Nest, and those of the body parsers of Express and Fastify, which carry the status that they ask for. */
function httpStatusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error)) return null;
  const { statusCode, status } = error as Error & { statusCode?: unknown; status?: unknown };
  const asked = typeof statusCode === 'number' ? statusCode : status;
  return typeof asked === 'number' && asked >= 400 && asked < 500 ? asked : null;
}

/** Parsers quote the body, which may hold secrets, in messages that end up in logs. */
function malformed(message: string): string {
  if (!/JSON|constructor|prototype/i.test(message)) return message;
  const at = /position (\d+)/.exec(message);
  return `The body is not valid JSON${at ? `: see position ${at[1]}` : ''}.`;
}
