import { endpointMistake, wantsTraces } from './wanted.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('traces', () => {
  it.each([
    ['an endpoint', ENDPOINT],
    ['an endpoint of their own', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }],
    ['an exporter by name', { OTEL_TRACES_EXPORTER: 'console' }],
    ['an SDK that is not disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }],
  ])('are wanted with %s', (_, env) => {
    expect(wantsTraces(env)).toBe(true);
  });

  it.each([
    ['nothing said', {}],
    ['empty variables', { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: ' ' }],
    ['metrics alone', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4318/v1/metrics' }],
    ['the SDK disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
    ['no exporter', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('are not wanted with %s', (_, env) => {
    expect(wantsTraces(env)).toBe(false);
  });

  it('cannot be sent to what is no address', () => {
    expect(endpointMistake({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).toBe(
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) address such as http://localhost:4318, not "collector:4318".',
    );
    expect(endpointMistake(ENDPOINT)).toBeNull();
  });
});
