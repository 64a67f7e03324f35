import type { JwtAlgorithm } from '../core/access/jwt-algorithm.js';
import type { Authenticator, Authorizer } from '../core/access/principal.js';

/** A class that Nest provides or makes, or an object. */
type Part<T> = T | (new (...args: never[]) => T);

/** Who may use Tasker's routes. Nothing of it is for the host's own. */
export interface AuthOptions {
  /** Asked before keys and tokens. */
  authenticator?: Part<Authenticator>;
  /** @default by the permissions that the principal holds */
  authorizer?: Part<Authorizer>;
  /** Keys that `tasker keys create` makes. @default false */
  apiKeys?: boolean;
  /** JSON Web Tokens. @default none are accepted */
  jwt?: JwtOptions;
}

/** One of `secret`, `publicKey` and `jwksUrl` is needed. */
export interface JwtOptions {
  /** @default HS256 with a secret, else all that fit the key: RS256, RS384, RS512, PS256, ES256, ES384 */
  algorithms?: JwtAlgorithm[];
  /** For HS256, HS384 and HS512: at least as many bytes as the hash has. */
  secret?: string;
  /** In PEM. */
  publicKey?: string;
  /** Where the issuer publishes its keys: https, or http on this machine. */
  jwksUrl?: string;
  /** Of `iss`: this, or one of these. */
  issuer: string | string[];
  /** Of `aud`: this, or one of these. */
  audience: string | string[];
  /** By how much clocks may differ. @default 30 */
  clockSkewSeconds?: number;
  /** Name of a claim, or a path such as `realm_access.roles`: a list, or a text with spaces. @default 'permissions' */
  permissionsClaim?: string;
  /** @default 'roles' */
  rolesClaim?: string;
  /** A token without it is of all namespaces. @default 'namespaces' */
  namespacesClaim?: string;
}
