// Takes what a process sends that is told where to send its traces, and forgets it.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { runTrial } from './trial.mjs';

/** How a process is to be started so that it traces. @typedef {{ execArgv: string[], env: Record<string, string> }} Tracing */
/** @typedef {{ tracing: Tracing, received: () => { requests: number, bytes: number }, stop: () => Promise<void> }} Collector */

/** Of the tasks that are created. */
const SHARE = '0.1';

/** @returns {Promise<Collector>} */
export async function startCollector() {
  let requests = 0;
  let bytes = 0;
  const server = createServer((request, response) => {
    requests++;
    request.on('data', (/** @type {Buffer} */ chunk) => (bytes += chunk.length));
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    tracing: {
      execArgv: [
        '--require',
        createRequire(new URL('../package.json', import.meta.url)).resolve('nest-tasker/telemetry'),
      ],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: SHARE,
      },
    },
    received: () => ({ requests, bytes }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/**
 * A trial whose processes trace a tenth of the tasks. That nothing arrived would mean that nothing was measured.
 *
 * @param {Collector} collector
 * @param {import('./scenarios/scenario.mjs').Bench} bench
 * @param {string} workload
 */
export async function traced({ tracing, received }, bench, workload) {
  const before = received();
  const trial = await runTrial(bench, workload, { share: bench.share, tracing });
  const after = received();
  if (after.requests === before.requests) throw new Error('tracing was on, but no traces were sent');
  return { ...trial, traceRequests: after.requests - before.requests, traceBytes: after.bytes - before.bytes };
}
