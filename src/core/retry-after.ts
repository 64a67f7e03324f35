/** A delay asked for by a service is not followed beyond this, unless configured otherwise: one hour. */
export const DEFAULT_RETRY_AFTER_CAP_MS = 3_600_000;

/**
 * The delay that a Retry-After value asks for (RFC 9110 §10.2.3): seconds, or an HTTP date.
 *
 * @returns milliseconds from `nowMs`, not below 0; null if the value is neither form
 */
export function retryAfterMs(value: string | number | Date | null | undefined, nowMs = Date.now()): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.round(value * 1000) : null;
  if (value instanceof Date) return dateMs(value.getTime(), nowMs);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  return /[a-z]/i.test(text) ? dateMs(Date.parse(text), nowMs) : null;
}

const dateMs = (time: number, nowMs: number): number | null => (Number.isNaN(time) ? null : Math.max(0, time - nowMs));
