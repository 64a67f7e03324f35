import { isTraced, registered } from './tracer.js';

/** Hands spans that wait to their exporter; whatever it says, and if it says nothing, this resolves in time. */
export async function flushTraces(mostMs: number): Promise<void> {
  if (!isTraced()) return;
  const { forceFlush } = registered() as { forceFlush?: () => Promise<void> };
  if (typeof forceFlush !== 'function') return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, mostMs)));
  // whoever has set up the SDK hears of what cannot be delivered
  await Promise.race([forceFlush.call(registered()).catch(() => undefined), late]);
  clearTimeout(timer);
}
