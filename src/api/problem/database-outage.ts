const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);
/** Connection failures, shutting down, starting up, and too many connections. */
const SQL_STATE = /^(08...|57P0[1235]|53300)$/;
/** What node-postgres says, without a code, of connections that were lost or never made. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
const DEEPEST_CAUSE = 8;

/** Whether an error, or what caused it, says that PostgreSQL cannot be reached just now. */
export function isDatabaseOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEEPEST_CAUSE) return false;
  const { code, message, cause, driverError, errors } = error as Record<string, unknown>;
  if (typeof code === 'string' && (NETWORK.has(code) || SQL_STATE.test(code))) return true;
  if (typeof message === 'string' && LOST.test(message)) return true;
  const inner = [cause, driverError, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.some((each) => isDatabaseOutage(each, depth + 1));
}
