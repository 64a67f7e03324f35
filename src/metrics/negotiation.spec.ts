import { negotiate } from './negotiation.js';

/** As Prometheus 2 and 3 send it. */
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

describe('the format of the metrics', () => {
  it.each([
    [PROMETHEUS_2, 'openmetrics'],
    [PROMETHEUS_3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version="1.0.0"; charset=utf-8', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1, text/plain', 'prometheus'],
    ['application/openmetrics-text;version=2.0.0', 'prometheus'],
    ['application/openmetrics-text;q=0.2, text/plain;q=0.8', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['text/html, */*', 'prometheus'],
    ['', 'prometheus'],
    [undefined, 'prometheus'],
  ])('for %j is %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format);
  });
});
