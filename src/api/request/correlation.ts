import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Observable } from 'rxjs';
import { runInLogScope, type LogScope } from '../../core/log-scope.js';

export const CORRELATION_HEADER = 'X-Correlation-ID';

/** What can stand in a header, and in a log line, as it is. */
export const CORRELATION_PATTERN = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

const CORRELATION = Symbol('tasker:correlation_id');
const LOG_SCOPE = Symbol('tasker:log_scope');

/** What Express's and Fastify's requests have in common. */
export interface CorrelatedRequest {
  headers: Record<string, string | string[] | undefined>;
  [CORRELATION]?: string;
  [LOG_SCOPE]?: LogScope;
}

export interface HeaderWriter {
  header(name: string, value: string): unknown;
}

/** The id under which this request is logged and answered: its header's, or one made for it. */
export function correlationOf(request: CorrelatedRequest): string {
  const given = request.headers[CORRELATION_HEADER.toLowerCase()];
  return (request[CORRELATION] ??= typeof given === 'string' && CORRELATION_PATTERN.test(given) ? given : randomUUID());
}

/** Gives this request the correlation id that its body asks for. */
export function correlate(request: CorrelatedRequest, id: unknown): void {
  if (typeof id === 'string' && CORRELATION_PATTERN.test(id)) request[CORRELATION] = id;
}

/** What this request's log lines carry. */
export function logScopeOf(request: CorrelatedRequest): LogScope {
  return (request[LOG_SCOPE] ??= {
    get logIds() {
      return { correlation_id: correlationOf(request) };
    },
  });
}

/** Every answer says its correlation id, and so does every log line on the way to it. */
@Injectable()
export class CorrelationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<CorrelatedRequest>();
    http.getResponse<HeaderWriter>().header(CORRELATION_HEADER, correlationOf(request));
    return runInLogScope(logScopeOf(request), () => next.handle());
  }
}
