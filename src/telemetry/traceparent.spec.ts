import { readTraceparent, writeTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('is read and written to the letter', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    const span = readTraceparent(text)!;
    expect(span).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
    expect(writeTraceparent(span)).toBe(text);
  });

  it('of a later version is read as far as it is known', () => {
    expect(readTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)).toMatchObject({ traceId: TRACE });
  });

  it('says that it is sampled, and no other flag, to those after it', () => {
    expect(writeTraceparent(readTraceparent(`00-${TRACE}-${SPAN}-03`)!)).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(writeTraceparent(readTraceparent(`00-${TRACE}-${SPAN}-02`)!)).toBe(`00-${TRACE}-${SPAN}-00`);
  });

  it.each([
    ['nothing', null],
    ['an empty text', ''],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['more parts than its version has', `00-${TRACE}-${SPAN}-01-more`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['more than one', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['a line break', `00-${TRACE}-${SPAN}-01\r\nx: y`],
    ['too much of it', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`],
  ])('is none: %s', (_, text) => {
    expect(readTraceparent(text)).toBeNull();
  });
});
