import { SpanKind, trace } from '@opentelemetry/api';

/** What Express's and Fastify's requests say of their route. */
interface RoutedRequest {
  method?: string;
  /** Express. */
  route?: { path?: unknown };
  /** Fastify. */
  routeOptions?: { url?: unknown };
}

/** Gives the span of this request its route, by which requests of a kind are found: the server's own span knows paths alone. */
export function nameSpan(request: RoutedRequest): void {
  const span = trace.getActiveSpan();
  // that of an instrumentation of the framework's has a name of its own
  if (!span?.isRecording() || (span as { kind?: SpanKind }).kind !== SpanKind.SERVER) return;
  const route = request.routeOptions?.url ?? request.route?.path;
  if (typeof route !== 'string') return;
  span.setAttribute('http.route', route);
  span.updateName(`${request.method} ${route}`);
}
