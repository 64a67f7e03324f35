import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'tsk_';
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const KEY = new RegExp(`^${PREFIX}([0-9a-f]{${2 * ID_BYTES}})_([0-9a-f]{${2 * SECRET_BYTES}})$`);

/** A key as its holder has it: `tsk_<id>_<secret>`. The prefix is for those who look for secrets that have got lost. */
export interface KeyText {
  id: string;
  secret: string;
}

export const newKeyId = (): string => randomBytes(ID_BYTES).toString('hex');
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('hex');

export const writeKey = ({ id, secret }: KeyText): string => `${PREFIX}${id}_${secret}`;

/** Null for what is no key. */
export function readKey(text: string): KeyText | null {
  const match = KEY.exec(text);
  return match && { id: match[1]!, secret: match[2]! };
}

export const looksLikeKey = (text: string): boolean => text.startsWith(PREFIX);

/**
 * What is stored of a secret. Plain SHA-256 is right here: salts and slow hashes are for secrets that can be guessed,
 * and nobody guesses 256 random bits.
 */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** In a time that does not tell how much of it fits. */
export const fits = (secret: string, hash: Buffer): boolean => timingSafeEqual(hashOf(secret), hash);
