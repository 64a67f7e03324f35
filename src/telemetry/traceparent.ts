import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api';

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const LONGEST = 255;

/** The span that a W3C `traceparent` names; null for a text that names none. */
export function readTraceparent(text: string | null | undefined): SpanContext | null {
  if (!text || text.length > LONGEST) return null;
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(text) ?? [];
  // version 00 has four parts and no more; ff is none
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  const span = { traceId: traceId!, spanId: spanId!, traceFlags: parseInt(flags!, 16), isRemote: true };
  return isSpanContextValid(span) ? span : null;
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${isSampled({ traceFlags }) ? '01' : '00'}`;
}

export const isSampled = ({ traceFlags }: Pick<SpanContext, 'traceFlags'>): boolean =>
  (traceFlags & TraceFlags.SAMPLED) !== 0;
