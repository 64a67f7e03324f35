/** Parts of names whose values are secret, wherever they stand. */
export const SECRET_WORDS: readonly string[] = ['password', 'token', 'secret', '_key', 'authorization'];

const MOST_REMEMBERED = 10_000;

/**
 * Tells secret names by their words: `apiKey`, `X-Api-Key` and `api_key` are one name.
 *
 * @param more - further words
 */
export function secretNames(more: readonly string[] = []): (name: string) => boolean {
  const words = [...SECRET_WORDS, ...more.map(plain)];
  const known = new Map<string, boolean>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const spelt = plain(name);
    const secret = words.some((word) => spelt.includes(word));
    if (known.size < MOST_REMEMBERED) known.set(name, secret);
    return secret;
  };
}

/** In snake_case. */
const plain = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/[-.\s]/g, '_')
    .toLowerCase();
