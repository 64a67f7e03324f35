import type { IncomingMessage } from 'node:http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';

/** Asked every few seconds by machines, or open for hours: traces of them would tell nothing and bury the others. */
const NOT_TRACED = /\/(health\/(live|ready|status)|metrics|stream)\/?(\?|$)/;

export const instrumentations = () => [
  new HttpInstrumentation({
    ignoreIncomingRequestHook: ({ method, url = '' }: IncomingMessage) => method === 'GET' && NOT_TRACED.test(url),
  }),
  new UndiciInstrumentation(),
  // statements of a request or an attempt, and none of what the engine does for itself
  new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
];
