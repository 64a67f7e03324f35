import { ProxyTracerProvider, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';

/** What the API answers while no SDK is registered. */
const NONE = new ProxyTracerProvider().getDelegate();

/** Whether an SDK takes spans. Asked before anything is made for one: a process without tracing pays this question alone. */
export const isTraced = (): boolean => registered() !== NONE;

/** The SDK's provider; the API's own, which drops everything, without one. */
export function registered(): TracerProvider {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
}

export const tracer = (): Tracer => trace.getTracer('nest-tasker');
