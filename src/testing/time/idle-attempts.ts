/** Signals of attempts that do nothing but wait for them. */
const WAITED_FOR = new WeakSet<AbortSignal>();

/**
 * Waits, in a handler of a test, until its attempt is ended: by its timeout, by a cancellation, or by a shutdown. The kit
 * lets the time pass meanwhile, so that a timeout of an hour comes at once.
 *
 * @throws the reason of the signal, always
 */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  WAITED_FOR.add(signal);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw signal.reason;
}

export const isIdle = (signal: AbortSignal): boolean => WAITED_FOR.has(signal);
