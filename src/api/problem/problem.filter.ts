import { Catch, Injectable, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { runInLogScope } from '../../core/log-scope.js';
import { structuredLine } from '../../core/structured-line.js';
import { correlationOf, logScopeOf, type CorrelatedRequest } from '../request/correlation.js';
import { problemOf } from './problem.js';
import { problemHeaders } from './write-problem.js';

/**
 * Answers what was thrown as `application/problem+json`.
 * Tasker's own controllers are bound to it; a server that uses it globally answers unknown routes and unreadable bodies so too.
 */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('tasker.http');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const request = host.switchToHttp().getRequest<CorrelatedRequest>();
    const response: unknown = host.switchToHttp().getResponse();
    const correlationId = correlationOf(request);
    const problem = problemOf(error, correlationId);
    if (problem.status >= 500) runInLogScope(logScopeOf(request), () => this.log(error, problem.code, correlationId));
    if (httpAdapter.isHeadersSent(response)) return void httpAdapter.end(response);
    const headers = Object.entries(problemHeaders(error, problem));
    for (const [name, value] of headers) httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, JSON.stringify(problem), problem.status);
  }

  private log(error: unknown, code: string, correlationId: string): void {
    const message = error instanceof Error ? error.message : String(error);
    const line = structuredLine({ event: 'http.request.failed', code, correlation_id: correlationId, message });
    this.logger.error(line, ...(error instanceof Error ? [error] : []));
  }
}
