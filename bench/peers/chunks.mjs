/**
 * @template T
 * @param {T[]} all
 * @param {number} size
 */
export function* chunksOf(all, size) {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

/**
 * @template T
 * @param {T[]} all
 * @param {number} width - how many at once
 * @param {(one: T) => Promise<unknown>} work
 */
export async function inParallel(all, width, work) {
  let next = 0;
  const lane = async () => {
    while (next < all.length) await work(all[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, lane));
}
