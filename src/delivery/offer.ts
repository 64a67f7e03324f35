import { DeliveryTimeoutError } from './delivery-failure.js';

/** A subscriber that does not answer would keep all later events of the task, and the stored position, waiting. */
const PATIENCE_SECONDS = 30;

/**
 * Calls a subscriber, which may take a while.
 *
 * @param ended - when it fires nobody waits for the answer any more
 * @throws what the subscriber throws, and DeliveryTimeoutError
 */
export async function offer(call: (signal: AbortSignal) => unknown, ended: AbortSignal): Promise<void> {
  const controller = new AbortController();
  const end = (): void => controller.abort(ended.reason);
  if (ended.aborted) end();
  ended.addEventListener('abort', end, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new DeliveryTimeoutError(PATIENCE_SECONDS);
        controller.abort(error);
        reject(error);
      }, PATIENCE_SECONDS * 1000);
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error), { once: true });
    });
    await Promise.race([call(controller.signal), late]);
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', end);
  }
}
