import { createPublicKey, createSecretKey } from 'node:crypto';
import { checkedJwt, type JwtConfig } from '../../config/auth-config.js';
import type { JwtOptions } from '../../config/auth-options.js';
import { isPlainObject } from '../../core/json.js';
import { looksLikeKey } from '../api-keys/key-text.js';
import { bearerOf } from '../credentials.js';
import type { Authenticator, IncomingRequest, Principal } from '../../core/access/principal.js';
import { RemoteKeySet } from './jwks.js';
import { JwtVerifier, refused, type Claims } from './jwt-verifier.js';
import { fixedKey, type KeySource } from './key-source.js';

const NAME_LENGTH = 255;

/** By JSON Web Tokens: `Authorization: Bearer …`. For an authenticator of yours that adds to what tokens say. */
export class JwtAuthenticator implements Authenticator {
  constructor(
    private readonly verifier: JwtVerifier,
    private readonly claims: JwtConfig['claims'],
  ) {}

  /** @throws TaskerError `configuration_invalid` with every mistake */
  static for(options: JwtOptions): JwtAuthenticator {
    return JwtAuthenticator.of(checkedJwt(options));
  }

  /** @internal */
  static of({ claims, ...config }: JwtConfig): JwtAuthenticator {
    return new JwtAuthenticator(new JwtVerifier(config, keysOf(config)), claims);
  }

  async authenticate(request: IncomingRequest): Promise<Principal | null> {
    const token = bearerOf(request);
    if (token === null || looksLikeKey(token)) return null;
    const claims = await this.verifier.verify(token);
    const { sub } = claims;
    if (typeof sub !== 'string' || sub.trim() === '' || sub.length > NAME_LENGTH || sub.includes('\u0000')) {
      throw refused('it does not say whose it is (sub)');
    }
    return {
      name: sub,
      permissions: textsOf(claims, this.claims.permissions) ?? [],
      roles: textsOf(claims, this.claims.roles) ?? [],
      namespaces: textsOf(claims, this.claims.namespaces),
    };
  }
}

function keysOf({ secret, publicKey, jwksUrl }: Omit<JwtConfig, 'claims'>): KeySource {
  if (secret !== null) return fixedKey(createSecretKey(Buffer.from(secret, 'utf8')));
  if (publicKey !== null) return fixedKey(createPublicKey(publicKey));
  return new RemoteKeySet(jwksUrl!);
}

/** A claim that is a list of texts, or one text with spaces between them, as `scope` is; null where it is not there. */
function textsOf(claims: Claims, path: string): string[] | null {
  const value = claimAt(claims, path);
  if (value === undefined) return null;
  if (typeof value === 'string') return value.split(' ').filter((part) => part !== '');
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw refused(`the claim ${path} is no list of texts`);
}

/** The claim of that name, which may have dots in it, else what stands at that path. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isPlainObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), claims);
}
