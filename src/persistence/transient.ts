/**
 * SQLSTATEs after which the same statement may succeed: connections lost or refused (class 08, 57P0x), deadlock and
 * serialization (40), too many connections and full disks (53), locks (55), I/O (58), a standby that is being promoted (25006).
 */
const TRANSIENT_STATES = /^(08|40|53|55|57P0|58)|^25006$/;
const TRANSIENT_SYSTEM_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

/** Whether a statement failed for a reason that passes, so that it is worth sending again. */
export function isTransient(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return TRANSIENT_STATES.test(code) || TRANSIENT_SYSTEM_ERRORS.has(code);
  // the driver says so without a code
  return typeof message === 'string' && /connection|timeout exceeded|not queryable|Client was closed/i.test(message);
}

/** Whether the error leaves the connection usable: the server answered, and goes on. */
export function isStatementError(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P0)/.test(code);
}
