import { setGlobalErrorHandler } from '@opentelemetry/core';
import { NodeSDK } from '@opentelemetry/sdk-node';
// what the SDK itself makes of the variables when it is given no processors; its version is pinned
import { getSpanProcessorsFromEnv } from '@opentelemetry/sdk-node/build/src/utils.js';
import { flushTraces } from '../flush.js';
import { endpointMistake } from '../wanted.js';
import { instrumentations } from './instrumentations.js';
import { OutgoingSpans } from './outgoing-spans.js';
import { PresetIdGenerator } from './preset-id-generator.js';
import { SpanMask } from './span-mask.js';
import { Undelivered } from './undelivered.js';

const WARNING = 'TaskerTracing';
const LAST_FLUSH_MS = 3_000;

/** Registers OpenTelemetry's SDK as the standard variables say. A mistake in them costs the traces, not the application. */
export function startSdk(env: NodeJS.ProcessEnv): void {
  const warn = (message: string): void => process.emitWarning(message, WARNING);
  const mistake = endpointMistake(env);
  if (mistake !== null) return warn(`Tracing is off: ${mistake}`);
  try {
    const undelivered = new Undelivered(warn);
    setGlobalErrorHandler((error) => undelivered.report(error));
    const mask = new SpanMask(listed(env.TASKER_MASKED_FIELDS));
    const processor = new OutgoingSpans(getSpanProcessorsFromEnv(undefined), mask, undelivered);
    new NodeSDK({
      serviceName: namesService(env) ? undefined : 'tasker',
      idGenerator: new PresetIdGenerator(),
      instrumentations: instrumentations(),
      spanProcessors: [processor],
      // these two are exported where they are asked for: a collector of traces need not take them
      ...(asksFor('METRICS', env) ? {} : { metricReaders: [] }),
      ...(asksFor('LOGS', env) ? {} : { logRecordProcessors: [] }),
    }).start();
  } catch (error) {
    return warn(`Tracing is off: its variables (OTEL_*) are not valid: ${(error as Error).message}`);
  }
  // an application that ends by itself, as commands do
  process.once('beforeExit', () => void flushTraces(LAST_FLUSH_MS));
}

const namesService = (env: NodeJS.ProcessEnv): boolean =>
  Boolean(env.OTEL_SERVICE_NAME?.trim()) || /(^|,)\s*service\.name=/.test(env.OTEL_RESOURCE_ATTRIBUTES ?? '');

const asksFor = (signal: 'METRICS' | 'LOGS', env: NodeJS.ProcessEnv): boolean =>
  Boolean(env[`OTEL_${signal}_EXPORTER`]?.trim() ?? env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]?.trim());

const listed = (names = ''): string[] =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
