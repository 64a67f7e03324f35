/** Of tokens (RFC 7518). `none` is no algorithm. */
export const JWT_ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'ES256',
  'ES384',
] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];
