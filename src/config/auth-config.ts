import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { JWT_ALGORITHMS, type JwtAlgorithm } from '../core/access/jwt-algorithm.js';
import type { Authenticator, Authorizer } from '../core/access/principal.js';
import { TaskerError } from '../core/errors.js';
import { isLoopbackHost } from '../core/loopback.js';
import type { JwtOptions } from './auth-options.js';

/** Of the hash, and so of the shortest secret (RFC 7518), in bytes. */
const SECRET_BYTES: Partial<Record<JwtAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const isSymmetric = (algorithm: JwtAlgorithm): boolean => algorithm.startsWith('HS');

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform((given) => [given].flat());
/** A class, or an instance. */
const part = <T extends object>(method: string) =>
  z.custom<T | (new (...args: never[]) => T)>(
    (given) =>
      typeof given === 'function' ||
      typeof (given as Record<string, unknown> | null | undefined)?.[method] === 'function',
    `must be a class, or an object, with the method ${method}`,
  );

const JWT = z
  .strictObject({
    algorithms: z.array(z.enum(JWT_ALGORITHMS)).min(1).optional(),
    secret: z.string().optional(),
    publicKey: z.string().refine(isPublicKey, 'must be a public key in PEM').optional(),
    jwksUrl: z.string().refine(isSafeUrl, 'must be an https URL; http is for this machine alone').optional(),
    issuer: texts,
    audience: texts,
    clockSkewSeconds: z.number().int().min(0).max(300).default(30),
    permissionsClaim: z.string().min(1).default('permissions'),
    rolesClaim: z.string().min(1).default('roles'),
    namespacesClaim: z.string().min(1).default('namespaces'),
  })
  .superRefine(({ algorithms = [], secret, publicKey, jwksUrl }, context) => {
    const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if ([secret, publicKey, jwksUrl].filter((given) => given !== undefined).length !== 1) {
      return add([], 'needs one of secret, publicKey and jwksUrl');
    }
    // a public key that were taken for a secret would be one that everybody has
    for (const one of algorithms.filter((each) => isSymmetric(each) !== (secret !== undefined))) {
      add(['algorithms'], `${one} needs ${isSymmetric(one) ? 'secret' : 'publicKey or jwksUrl'}`);
    }
    const least = Math.max(...[...algorithms, 'HS256' as const].map((one) => SECRET_BYTES[one] ?? 0));
    if (secret !== undefined && Buffer.byteLength(secret) < least) add(['secret'], `must have at least ${least} bytes`);
  });

export const AUTH = z
  .strictObject({
    authenticator: part<Authenticator>('authenticate').optional(),
    authorizer: part<Authorizer>('authorize').optional(),
    apiKeys: z.boolean().default(false),
    jwt: JWT.optional(),
  })
  .superRefine(({ authenticator, apiKeys, jwt }, context) => {
    if (authenticator || apiKeys || jwt) return;
    context.addIssue({
      code: 'custom',
      path: [],
      message: 'names no way to tell callers apart: apiKeys, jwt or authenticator',
    });
  });

/** How tokens are verified, with nothing optional. */
export interface JwtConfig {
  algorithms: JwtAlgorithm[];
  /** One of these three is not null. */
  secret: string | null;
  publicKey: string | null;
  jwksUrl: string | null;
  issuers: string[];
  audiences: string[];
  clockSkewSeconds: number;
  /** Where permissions, roles and namespaces stand. */
  claims: { permissions: string; roles: string; namespaces: string };
}

export interface AuthConfig {
  authenticator: Authenticator | (new (...args: never[]) => Authenticator) | null;
  authorizer: Authorizer | (new (...args: never[]) => Authorizer) | null;
  apiKeys: boolean;
  jwt: JwtConfig | null;
}

/** Null: access is off, and this machine alone is answered. */
export function authConfig(given: z.output<typeof AUTH> | undefined): AuthConfig | null {
  if (given === undefined) return null;
  const { authenticator = null, authorizer = null, apiKeys, jwt } = given;
  return { authenticator, authorizer, apiKeys, jwt: jwt ? jwtConfig(jwt) : null };
}

/** @throws TaskerError `configuration_invalid` with every mistake */
export function checkedJwt(options: JwtOptions): JwtConfig {
  const { error, data } = JWT.safeParse(options);
  if (data) return jwtConfig(data);
  const findings = error.issues.map(({ path, message }) => ({ path: ['jwt', ...path].join('.'), message }));
  const list = findings.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
  throw new TaskerError('configuration_invalid', `The options of tokens are not valid:\n${list}`, findings);
}

function jwtConfig(given: z.output<typeof JWT>): JwtConfig {
  const { algorithms, secret = null, publicKey = null, jwksUrl = null, issuer, audience, clockSkewSeconds } = given;
  const usual = secret === null ? JWT_ALGORITHMS.filter((one) => !isSymmetric(one)) : ['HS256' as const];
  return {
    ...{ algorithms: algorithms ?? usual, secret, publicKey, jwksUrl, clockSkewSeconds },
    issuers: issuer,
    audiences: audience,
    claims: { permissions: given.permissionsClaim, roles: given.rolesClaim, namespaces: given.namespacesClaim },
  };
}

function isPublicKey(text: string): boolean {
  if (text.includes('PRIVATE KEY')) return false;
  try {
    createPublicKey(text);
    return true;
  } catch {
    return false;
  }
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}
