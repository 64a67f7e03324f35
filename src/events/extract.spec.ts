import { durationOf, errorKind, errorOf, metricName, numberAt, tagsOf } from './extract.js';
import { EventCatalog, type EventInfo } from './event-catalog.js';

const { catalog } = new EventCatalog();
const all = Object.values<EventInfo>(catalog);

describe('what is drawn from payloads', () => {
  it.each(all.map(({ name, example_payload }) => [name, example_payload] as const))(
    'never throws: %s',
    (_, payload) => {
      for (const event of [payload, null, undefined, 'text', 5, [], {}]) {
        expect(() => [errorOf(event), durationOf(event), tagsOf(event), numberAt(event, 'a.b')]).not.toThrow();
      }
    },
  );

  it('says whether a failure is final, and of which kind', () => {
    expect(errorOf(catalog['step.failed'].example_payload)).toEqual({
      message: 'The cart does not exist',
      errorClass: 'PermanentError',
      code: 'HTTP_404',
      category: 'invalid_request',
      kind: 'not_found',
      attempt: 1,
      retryable: false,
      final: true,
    });
    expect(errorOf(catalog['step.retry_scheduled'].example_payload)).toMatchObject({ kind: 'timeout', final: false });
    expect(errorOf(catalog['step.completed'].example_payload)).toBeNull();
  });

  it.each([
    ['ETIMEDOUT', 'timeout'],
    ['STEP_TIMEOUT', 'timeout'],
    ['HTTP_408', 'timeout'],
    ['ECONNREFUSED', 'network'],
    ['HTTP_401', 'auth'],
    ['UnauthorizedError', 'auth'],
    ['HTTP_429', 'rate_limit'],
    ['HTTP_404', 'not_found'],
    ['HTTP_503', 'server_error'],
    ['HTTP_422', 'client_error'],
    ['validation', 'client_error'],
    ['TypeError', 'runtime'],
    ['CardDeclined', 'other'],
  ])('takes %s for %s', (said, kind) => expect(errorKind(null, said)).toBe(kind));

  it('takes numbers, also from texts, and nothing else for numbers', () => {
    const event = { results: { total: '59.90', n: 3, text: 'x', empty: ' ', list: [1], big: Infinity } };
    expect(numberAt(event, 'results.total')).toBe(59.9);
    expect(numberAt(event, 'results.n')).toBe(3);
    expect(numberAt(event, 'results.list.0')).toBe(1);
    for (const path of ['results.text', 'results.empty', 'results.list', 'results.big', 'none']) {
      expect(numberAt(event, path)).toBeNull();
    }
  });

  it('tags an event without ids', () => {
    const tags = tagsOf(catalog['step.failed'].example_payload);
    expect(tags).toEqual({
      event: 'step.failed',
      namespace: 'default',
      task_name: 'api_integration_task',
      version: '1.0.0',
      step_name: 'fetch_cart',
      error_class: 'PermanentError',
      error_code: 'HTTP_404',
      error_kind: 'not_found',
    });
    expect(metricName('order.placed', 'total price')).toBe('tasker_order_placed_total_price');
  });
});
