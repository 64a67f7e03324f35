import type { KeyObject } from 'node:crypto';
import type { JwtAlgorithm } from '../../core/access/jwt-algorithm.js';

/** Where the keys are that tokens are signed with. */
export interface KeySource {
  /**
   * @param kid - the id that the token gives; null if it gives none
   * @returns null where there is no such key
   * @throws ServiceUnavailableException where nobody knows just now
   */
  keyFor(algorithm: JwtAlgorithm, kid: string | null): Promise<KeyObject | null>;
}

/** One key, whatever id a token gives it. */
export const fixedKey = (key: KeyObject): KeySource => ({ keyFor: () => Promise.resolve(key) });
