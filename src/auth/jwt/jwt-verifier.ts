import type { JwtAlgorithm } from '../../core/access/jwt-algorithm.js';
import { isPlainObject } from '../../core/json.js';
import { UnauthenticatedError } from '../unauthenticated-error.js';
import { isSignedBy } from './algorithms.js';
import type { KeySource } from './key-source.js';

export type Claims = Record<string, unknown>;

export interface JwtRules {
  algorithms: readonly JwtAlgorithm[];
  /** One of these must have issued the token. */
  issuers: readonly string[];
  /** It must be meant for one of these. */
  audiences: readonly string[];
  clockSkewSeconds: number;
}

const LONGEST = 16_384;
const PART = /^[A-Za-z0-9_-]+$/;
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** Reads JSON Web Tokens (RFC 7519), and believes nothing in them before the signature was verified. */
export class JwtVerifier {
  constructor(
    private readonly rules: JwtRules,
    private readonly keys: KeySource,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws UnauthenticatedError saying what is wrong, never what stands in the token */
  async verify(token: string): Promise<Claims> {
    const parts = token.split('.');
    if (token.length > LONGEST || parts.length !== 3 || !parts.every((part) => PART.test(part))) {
      throw refused('it is no signed token');
    }
    const [head, body, signature] = parts as [string, string, string];
    const header = jsonOf(head);
    const algorithm = this.algorithmOf(header);
    const key = await this.keys.keyFor(algorithm, kidOf(header));
    if (key === null) throw refused('no key of its issuer fits it');
    if (!isSignedBy(key, algorithm, `${head}.${body}`, Buffer.from(signature, 'base64url'))) {
      throw refused('its signature is not good');
    }
    const claims = jsonOf(body);
    this.checkTimes(claims);
    this.checkPlaces(claims);
    return claims;
  }

  private algorithmOf({ alg, crit, typ }: Claims): JwtAlgorithm {
    const known = this.rules.algorithms.find((one) => one === alg);
    if (known === undefined) throw refused('its algorithm is not one of those that are configured');
    // what it says must be understood is not
    if (crit !== undefined) throw refused('it asks for extensions');
    if (typ !== undefined && !(typeof typ === 'string' && TYPES.includes(typ.toLowerCase()))) {
      throw refused('it is a token for something else');
    }
    return known;
  }

  private checkTimes({ exp, nbf, iat }: Claims): void {
    const now = this.now() / 1000;
    const skew = this.rules.clockSkewSeconds;
    if (!isTime(exp)) throw refused('it says no end (exp)');
    if (now >= exp + skew) throw refused('it has expired');
    for (const [claim, value] of Object.entries({ nbf, iat })) {
      if (value === undefined) continue;
      if (!isTime(value)) throw refused(`${claim} is no time`);
      if (now < value - skew) throw refused(`it is not valid yet (${claim})`);
    }
  }

  private checkPlaces({ iss, aud }: Claims): void {
    const { issuers, audiences } = this.rules;
    if (typeof iss !== 'string' || !issuers.includes(iss)) throw refused('its issuer is another');
    const meant: unknown[] = Array.isArray(aud) ? (aud as unknown[]) : [aud];
    if (!meant.some((one) => typeof one === 'string' && audiences.includes(one))) {
      throw refused('it is meant for somebody else (aud)');
    }
  }
}

export const refused = (reason: string): UnauthenticatedError =>
  new UnauthenticatedError(`The token is not valid: ${reason}.`);

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function kidOf({ kid }: Claims): string | null {
  if (kid === undefined) return null;
  if (typeof kid === 'string' && kid !== '') return kid;
  throw refused('its key id is no text');
}

function jsonOf(part: string): Claims {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')));
  } catch {
    throw refused('it cannot be read');
  }
  if (!isPlainObject(value)) throw refused('it cannot be read');
  return value;
}
