import type { TaskerClient } from 'nest-tasker';
import type { ValidatedCheckout } from '../checkout-context.js';

/** A checkout that has ended, as those who watch see it. */
export interface WatchedCheckout extends ValidatedCheckout {
  failedStep: string | null;
  errorCode: string | null;
}

/**
 * Reads what a payload does not carry: what the cart cost, and what is to be watched. It is read from the task, and not
 * gathered from earlier events, as other processes may have run its steps.
 *
 * @returns null for a checkout that has failed before its cart was validated
 */
export async function watchedCheckout(client: TaskerClient, taskId: string): Promise<WatchedCheckout | null> {
  const { steps = [] } = await client.getTask(taskId, { include: ['steps'] });
  const validated = steps.find(({ name }) => name === 'validate_cart')?.results as ValidatedCheckout | null | undefined;
  if (!validated) return null;
  const failed = steps.find(({ status }) => status === 'error');
  return { ...validated, failedStep: failed?.name ?? null, errorCode: failed?.error?.errorCode ?? null };
}
