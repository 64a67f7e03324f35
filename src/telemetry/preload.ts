/**
 * Starts tracing before an application loads: `node --require nest-tasker/telemetry app.js`, or `--import`. What is to be
 * traced is patched as it is loaded, so this has to come first. Without an endpoint in the standard `OTEL_*` variables
 * nothing of OpenTelemetry's SDK is loaded.
 */
import { isMainThread } from 'node:worker_threads';
import { isTraced } from './tracer.js';
import { wantsTraces } from './wanted.js';

// threads get what was preloaded too: the heartbeat's must not trace, and spans of steps are made by the main thread
if (isMainThread && wantsTraces(process.env) && !isTraced()) {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- nothing of it may be loaded while tracing is off
  (require('./sdk/start-sdk.js') as typeof import('./sdk/start-sdk.js')).startSdk(process.env);
}
