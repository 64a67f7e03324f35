import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Finding } from './errors.js';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const KEY_ID = /^[\w.-]{1,64}$/;

/** JSON that was sealed, as it stands in the database: what it was sealed with, and base64 of all parts. */
interface Sealed {
  enc: typeof ALGORITHM;
  /** Id of the key. */
  kid: string;
  iv: string;
  tag: string;
  data: string;
}

/** Sealed JSON cannot be opened: its key is missing, or it is not what was sealed. */
export class SealError extends Error {
  readonly retryable = true;
  readonly errorCode = 'ENCRYPTION_FAILED';
  readonly errorCategory = 'security';
}

/**
 * Keys for JSON at rest, by id: AES-256-GCM with a fresh 96-bit nonce for each text (NIST SP 800-38D). The first key seals,
 * all of them open: a key is replaced by putting a new one before it, and removed once nothing that it sealed is left.
 */
export class KeyRing {
  private constructor(private readonly keys: ReadonlyMap<string, Buffer>) {}

  /**
   * @param text - `id=key,id=key,…`, the key in force first; each key 32 bytes in base64 or hexadecimal
   * @returns the ring, or what is wrong with the text, without any of its secrets
   */
  static parse(text: string): KeyRing | Finding[] {
    const findings: Finding[] = [];
    const keys = new Map<string, Buffer>();
    for (const [n, part] of text.split(',').entries()) {
      const at = part.indexOf('=');
      const id = part.slice(0, Math.max(at, 0)).trim();
      const key = bytesOf(part.slice(at + 1).trim());
      const message = !KEY_ID.test(id)
        ? 'must be id=key, the id of 1 to 64 letters, digits and _ . -'
        : key?.length !== KEY_BYTES
          ? `the key ${id} must be ${KEY_BYTES} bytes in base64 or hexadecimal: openssl rand -base64 ${KEY_BYTES}`
          : keys.has(id)
            ? `the key id ${id} is given twice`
            : null;
      if (message !== null) findings.push({ path: `keys[${n}]`, message });
      else keys.set(id, key!);
    }
    return findings.length > 0 ? findings : new KeyRing(keys);
  }

  /** Ids of the keys, that of the key in force first. */
  get ids(): string[] {
    return [...this.keys.keys()];
  }

  /** @param bound - what the text belongs to: it opens for nothing else */
  seal(json: string, bound: string): string {
    const [[kid, key]] = this.keys as unknown as [[string, Buffer]];
    const iv = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(bound));
    const data = Buffer.concat([cipher.update(json, 'utf8'), cipher.final()]).toString('base64');
    const sealed: Sealed = {
      enc: ALGORITHM,
      kid,
      iv: iv.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      data,
    };
    return JSON.stringify(sealed);
  }

  /**
   * @param bound - as it was sealed
   * @throws SealError for a key that is not in the ring, and for anything that was not sealed so
   */
  open(json: string, bound: string): string {
    const sealed = sealedIn(json);
    const key = this.keys.get(sealed.kid);
    if (!key) {
      throw new SealError(
        `What belongs to ${bound} is encrypted with the key "${sealed.kid}", which this process does not have ` +
          `(it has ${this.ids.join(', ')}): add it to TASKER_ENCRYPTION_KEYS.`,
      );
    }
    try {
      const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(sealed.iv, 'base64'), { authTagLength: 16 })
        .setAAD(Buffer.from(bound))
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new SealError(`What belongs to ${bound} cannot be decrypted with the key "${sealed.kid}".`, { cause });
    }
  }
}

function sealedIn(json: string): Sealed {
  const value = JSON.parse(json) as Partial<Sealed> | null;
  if (
    value?.enc === ALGORITHM &&
    [value.kid, value.iv, value.tag, value.data].every((part) => typeof part === 'string')
  )
    return value as Sealed;
  throw new SealError('A text that should be encrypted is not.');
}

function bytesOf(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}
