/** The call has taken all the time that it had. */
export class CallTimedOut extends Error {
  constructor(readonly timeoutMs: number) {
    super(`no complete answer within ${timeoutMs / 1000} s`);
    this.name = 'CallTimedOut';
  }
}

/**
 * Runs a call until it is done, its time is up, or the attempt that it belongs to ends.
 *
 * @param timeoutMs - null for no limit of its own
 * @param attempt - once it has fired, its reason is thrown, whatever became of the call
 * @throws CallTimedOut where the time was up first
 */
export async function runWithin<T>(
  timeoutMs: number | null,
  attempt: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  attempt.throwIfAborted();
  // by hand: a signal of AbortSignal.any may be collected as garbage before its timeout fires
  const controller = new AbortController();
  const end = (): void => controller.abort(attempt.reason);
  attempt.addEventListener('abort', end, { once: true });
  const timedOut = new CallTimedOut(timeoutMs ?? 0);
  const timer = timeoutMs === null ? undefined : setTimeout(() => controller.abort(timedOut), timeoutMs);
  try {
    return await run(controller.signal);
  } catch (error) {
    attempt.throwIfAborted();
    throw controller.signal.aborted ? timedOut : error;
  } finally {
    clearTimeout(timer);
    attempt.removeEventListener('abort', end);
  }
}
