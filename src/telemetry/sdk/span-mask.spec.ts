import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { SpanMask } from './span-mask.js';

type Parts = Pick<ReadableSpan, 'attributes'> & Partial<ReadableSpan>;

function masked(parts: Parts, more: string[] = []): Parts {
  const span = { events: [], links: [], status: { code: 0 }, ...parts } as unknown as ReadableSpan;
  new SpanMask(more).apply(span);
  return span;
}

describe('what a span says', () => {
  it.each([
    'password',
    'db.user_password',
    'accessToken',
    'x.api-key',
    'http.request.header.authorization',
    'client_secret',
  ])('hides %s by its name', (name) => {
    expect(masked({ attributes: { [name]: 'hush' } }).attributes).toEqual({ [name]: '***' });
    expect(masked({ attributes: { [name]: ['hush'] } }).attributes).toEqual({ [name]: '***' });
  });

  it('hides further names that it is told', () => {
    expect(masked({ attributes: { 'card.pan': '4711', 'card.brand': 'visa' } }, ['pan']).attributes).toEqual({
      'card.pan': '***',
      'card.brand': 'visa',
    });
  });

  it.each([
    ['https://ann:hush@host/path', 'https://ann:***@host/path'],
    ['https://host/path?page=2&api_key=hush&x=1', 'https://host/path?page=2&api_key=***&x=1'],
    ['GET failed: Authorization: Bearer hush', 'GET failed: Authorization: ***'],
    ['select 42 as answer where a = 1', 'select 42 as answer where a = 1'],
  ])('hides secrets within texts: %s', (text, shown) => {
    expect(masked({ attributes: { 'some.text': text } }).attributes).toEqual({ 'some.text': shown });
  });

  it('hides them in its events and its status, and leaves numbers alone', () => {
    const events = [{ name: 'exception', attributes: { 'exception.message': 'password=hush' }, time: [0, 0] }];
    const span = masked({
      attributes: { 'http.response.status_code': 500 },
      events: events as never,
      status: { code: 2, message: 'token=hush' },
    });
    expect(span.attributes).toEqual({ 'http.response.status_code': 500 });
    expect(span.events![0]!.attributes).toEqual({ 'exception.message': 'password=***' });
    expect(span.status!.message).toBe('token=***');
  });
});
