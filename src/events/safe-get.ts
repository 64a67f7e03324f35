/**
 * The value at a path into a payload (`results.cart.id`, `results.items.0.sku`), read without ever throwing.
 *
 * @param fallback - the answer where the path leads nowhere or to null; and, if the fallback is a string, a number or a
 * boolean, where it leads to a value of another type
 */
export function safeGet(payload: unknown, path: string, fallback: string): string;
export function safeGet(payload: unknown, path: string, fallback: number): number;
export function safeGet(payload: unknown, path: string, fallback: boolean): boolean;
export function safeGet(payload: unknown, path: string, fallback?: unknown): unknown;
export function safeGet(payload: unknown, path: string, fallback?: unknown): unknown {
  let value = payload;
  for (const key of path.split('.')) {
    const leads = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    if (!leads) return fallback;
    value = (value as Record<string, unknown>)[key];
  }
  if (value === undefined || value === null) return fallback;
  const typed = ['string', 'number', 'boolean'].includes(typeof fallback);
  return typed && typeof value !== typeof fallback ? fallback : value;
}
