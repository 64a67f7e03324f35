import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { currentLogIds, type LogIds, type TaskerLogger } from '../index.js';

const COMPONENT = 'tasker.http';
/** What changes nothing, or is asked over and over, is for those who look closely. */
const QUIET = new Set(['GET', 'HEAD', 'OPTIONS']);

/** One line for each request, when it is answered: what changes something at `info`, the rest at `debug`. */
export function logRequests(app: NestFastifyApplication, logger: TaskerLogger): void {
  if (!logger.isEnabled('info', 'http')) return;
  const server = app.getHttpAdapter().getInstance();
  const traces = new WeakMap<object, LogIds>();
  server.addHook('onRequest', (request, _reply, done) => {
    // the answer is sent when nobody knows any more whose trace it belongs to
    traces.set(request, currentLogIds());
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    const level = QUIET.has(method) ? 'debug' : 'log';
    if (level === 'log' || logger.isEnabled('debug', 'http')) {
      const [path] = url.split('?', 1);
      const line = {
        ...traces.get(request),
        correlation_id: reply.getHeader('x-correlation-id'),
        event: 'http.request.completed',
        method,
        path,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
        msg: `${method} ${path} ${reply.statusCode}`,
      };
      logger[level](line, COMPONENT);
    }
    done();
  });
}
