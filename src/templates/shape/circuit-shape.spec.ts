import { loadTemplates } from '../load-templates.js';

const load = (circuit_breaker: unknown) =>
  loadTemplates(
    [{ name: 't', step_templates: [{ name: 'a', handler_class: 'b', handler_config: { circuit_breaker } as never }] }],
    { environment: 'test', env: { ENOUGH: '7' } },
  );

describe('handler_config.circuit_breaker', () => {
  it.each([
    [{}, { enabled: true, failureThreshold: null, resetTimeoutMs: null }],
    [{ enabled: false }, { enabled: false, failureThreshold: null, resetTimeoutMs: null }],
    [
      { failure_threshold: 3, reset_timeout_seconds: 1.5 },
      { enabled: true, failureThreshold: 3, resetTimeoutMs: 1_500 },
    ],
    [{ failure_threshold: '${ENOUGH}' }, { enabled: true, failureThreshold: 7, resetTimeoutMs: null }],
  ])('%j is read, and stays in the config', (given, expected) => {
    const { templates, findings } = load(given);
    expect(findings).toEqual([]);
    expect(templates[0]!.template.steps[0]).toMatchObject({
      circuitBreaker: expected,
      config: { circuit_breaker: given },
    });
  });

  it.each([
    [true, 'handler_config.circuit_breaker must be a map, but is true'],
    [{ failure_threshold: 0 }, 'failure_threshold must be a whole number from 1 to 1000, but is 0'],
    [
      { reset_timeout_seconds: -1 },
      'reset_timeout_seconds must be a number of seconds from 0.001 to 2147483, but is -1',
    ],
    [{ failure_treshold: 3 }, 'unknown key "failure_treshold" in circuit_breaker. Did you mean "failure_threshold"?'],
  ])('%j is refused', (given, message) => {
    expect(load(given).findings.map((finding) => finding.message)).toEqual([message]);
  });
});
