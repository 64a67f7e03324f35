import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Logger, ServiceUnavailableException } from '@nestjs/common';
import type { JwtAlgorithm } from '../../core/access/jwt-algorithm.js';
import { isPlainObject } from '../../core/json.js';
import { fitsAlgorithm } from './algorithms.js';
import type { KeySource } from './key-source.js';

/** After this the set is read again. */
const FRESH_MS = 600_000;
/** A set that cannot be read again is used for so long: its keys may have been withdrawn. */
const USABLE_MS = 3_600_000;
/** Not more often, whatever ids tokens give; a set that was never read is tried again sooner. */
const PAUSE_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
const ANSWER_MS = 5_000;
const MOST_BYTES = 1_048_576;

interface PublicKey {
  kid: string | null;
  alg: string | null;
  key: KeyObject;
}

/** The key set of an issuer (RFC 7517), read over HTTP when it is first needed, and again now and then. */
export class RemoteKeySet implements KeySource {
  private readonly logger = new Logger('tasker.auth');
  private keys: PublicKey[] = [];
  private readAt = -Infinity;
  private triedAt = -Infinity;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly url: string,
    private readonly now: () => number = Date.now,
  ) {}

  async keyFor(algorithm: JwtAlgorithm, kid: string | null): Promise<KeyObject | null> {
    if (this.age > USABLE_MS) await this.refresh();
    else if (this.age > FRESH_MS) void this.refresh();
    if (this.age > USABLE_MS) {
      throw new ServiceUnavailableException('The keys that tokens are signed with cannot be read just now.');
    }
    const known = this.find(algorithm, kid);
    if (known !== null) return known;
    await this.refresh();
    return this.find(algorithm, kid);
  }

  private get age(): number {
    return this.now() - this.readAt;
  }

  /** Where a token gives no id there must be one key alone that it can be. */
  private find(algorithm: JwtAlgorithm, kid: string | null): KeyObject | null {
    const fitting = this.keys.filter(
      ({ key, alg }) => (alg === null || alg === algorithm) && fitsAlgorithm(key, algorithm),
    );
    const meant = kid === null ? fitting : fitting.filter((one) => one.kid === kid);
    return meant.length === 1 ? meant[0]!.key : null;
  }

  /** Never rejects; one at a time for all who ask. */
  private async refresh(): Promise<void> {
    if (this.reading) return this.reading;
    const pause = this.readAt === -Infinity ? FIRST_PAUSE_MS : PAUSE_MS;
    if (this.now() - this.triedAt < pause) return;
    this.triedAt = this.now();
    this.reading = this.read()
      .catch((error: unknown) => {
        this.logger.warn({ event: 'access.key_set_unreadable', url: this.url, reason: String(error) });
      })
      .finally(() => (this.reading = null));
    return this.reading;
  }

  private async read(): Promise<void> {
    const response = await fetch(this.url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const set = JSON.parse(await textOf(response)) as unknown;
    const given: unknown = isPlainObject(set) ? set.keys : undefined;
    if (!Array.isArray(given)) throw new Error('the answer is no key set');
    this.keys = given.flatMap((jwk) => publicKeys(jwk));
    this.readAt = this.now();
  }
}

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** None for keys that are not for signatures, are no public ones, or are of a kind that is not known here. */
function publicKeys(jwk: unknown): PublicKey[] {
  if (!isPlainObject(jwk)) return [];
  const { kty, kid, use, key_ops: uses, alg } = jwk;
  if (kty !== 'RSA' && kty !== 'EC') return [];
  if ((use !== undefined && use !== 'sig') || (Array.isArray(uses) && !uses.includes('verify'))) return [];
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    return [{ kid: text(kid), alg: text(alg), key }];
  } catch {
    return [];
  }
}
