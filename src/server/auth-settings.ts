import type { AuthOptions, JwtOptions } from '../index.js';
import type { Settings } from './settings.js';

/** As TaskerModule takes them; nothing where no way to tell callers apart is switched on. */
export function authOptions(auth: Settings['auth']): AuthOptions | undefined {
  const { api_keys: apiKeys = false, jwt } = auth ?? {};
  if (!apiKeys && !jwt) return undefined;
  return { apiKeys, ...(jwt && { jwt: jwtOptions(jwt) }) };
}

/** What is missing is found by TaskerModule, which says so. */
function jwtOptions(jwt: NonNullable<NonNullable<Settings['auth']>['jwt']>): JwtOptions {
  return {
    algorithms: jwt.algorithms,
    secret: jwt.secret,
    publicKey: jwt.public_key,
    jwksUrl: jwt.jwks_url,
    issuer: jwt.issuer as string | string[],
    audience: jwt.audience as string | string[],
    clockSkewSeconds: jwt.clock_skew_seconds,
    permissionsClaim: jwt.permissions_claim,
    rolesClaim: jwt.roles_claim,
    namespacesClaim: jwt.namespaces_claim,
  };
}
