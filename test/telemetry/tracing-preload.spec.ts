import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Program } from '../chaos/program.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/engine.js';
import { OtlpReceiver } from './otlp-receiver.js';
import { preloadOf, tracedProgram } from './traced.js';

let receiver: OtlpReceiver;
let database: TestDatabase;
let program: Program;

beforeAll(async () => {
  [receiver, database] = await Promise.all([new OtlpReceiver().start(), createTestDatabase()]);
  program = tracedProgram();
}, 60_000);

afterAll(async () => {
  await Promise.all([receiver.stop(), database.drop()]);
  program.remove();
});

describe('the server', () => {
  it('traces what it is asked, and delivers it when it is shut down', async () => {
    const server = spawn(process.execPath, [join(preloadOf(program), '../../cli/main.js'), 'serve'], {
      env: {
        ...{ PATH: process.env.PATH, NODE_PATH: program.modules, TASKER_ENV: 'test' },
        ...{ DATABASE_URL: database.url, PORT: '0', TASKER_ROLES: 'api' },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '600000' },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(server, 'exit');
    try {
      let said = '';
      server.stdout.on('data', (data: Buffer) => (said += data.toString()));
      await eventually('it listens', () => /http:\/\/[\d.:]+/.test(said), 30_000);
      const [url] = /http:\/\/[\d.:]+/.exec(said)!;
      for (const path of ['/tasker/health/live', '/tasker/tasks?access_token=hush']) await fetch(url + path);
    } finally {
      server.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
    const spans = receiver.spans.filter((span) => span.service === 'tasker' && span.kind === 'server');
    expect(spans.map(({ name, attributes }) => [name, attributes['url.path']])).toEqual([
      ['GET /tasker/tasks', '/tasker/tasks'],
    ]);
    expect(JSON.stringify(spans)).not.toContain('hush');
  }, 60_000);
});

describe('the preload', () => {
  const run = (script: string, variables: Record<string, string> = {}) => {
    const env = { PATH: process.env.PATH, NODE_PATH: program.modules, ...variables };
    const parameters = ['--require', preloadOf(program), '--eval', script];
    return new Promise<{ stdout: string; stderr: string; error: Error | null }>((resolve) =>
      execFile(process.execPath, parameters, { env }, (error, stdout, stderr) => resolve({ stdout, stderr, error })),
    );
  };
  const LOADED = `console.log(JSON.stringify([...new Set(Object.keys(require.cache).map(
    (path) => /@opentelemetry.([^/\\\\]+)/.exec(path)?.[1]).filter(Boolean))]))`;

  it.each([
    ['no endpoint', {}],
    ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['OTEL_SDK_DISABLED', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }],
    ['no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'none' }],
  ])('loads nothing of the SDK with %s', async (_, variables) => {
    expect(await run(LOADED, variables)).toEqual({ stdout: '["api"]\n', stderr: '', error: null });
  });

  const SPAN = `const { trace } = require('@opentelemetry/api');
    for (let n = 0; n < 3; n++) trace.getTracer('test').startSpan('one').end();`;

  it('sends what is left when the process ends by itself, under the name of tasker where no other is given', async () => {
    const variables = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` };
    expect(await run(SPAN, variables)).toEqual({ stdout: '', stderr: '', error: null });
    const sent = receiver.spans.filter(({ name }) => name === 'one');
    expect(sent.map((span) => span.service)).toEqual(['tasker', 'tasker', 'tasker']);
  });

  it('says once that a collector cannot be reached, and lets the process end', async () => {
    const begun = Date.now();
    const { error, stderr } = await run(SPAN, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    expect(error).toBeNull();
    expect(stderr.match(/TaskerTracing: Traces cannot be delivered/g)).toHaveLength(1);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  it('starts without traces where the variables are mistaken, and says so', async () => {
    const { error, stderr } = await run(SPAN, { OTEL_EXPORTER_OTLP_ENDPOINT: 'not an address' });
    expect(error).toBeNull();
    expect(stderr).toContain('Tracing is off: OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) address');
  });
});
