import { constants, createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { JwtAlgorithm } from '../../core/access/jwt-algorithm.js';

interface Scheme {
  hash: 'sha256' | 'sha384' | 'sha512';
  /** What node:crypto calls keys of it. */
  keyType: 'secret' | 'rsa' | 'ec';
  curve?: 'prime256v1' | 'secp384r1';
  /** Length of a signature, where it is the same for all keys, in bytes. */
  length?: number;
  padding?: number;
}

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants;

/** RFC 7518. `none` is not there, and nothing that is not there is accepted. */
const SCHEMES: Record<JwtAlgorithm, Scheme> = {
  HS256: { hash: 'sha256', keyType: 'secret', length: 32 },
  HS384: { hash: 'sha384', keyType: 'secret', length: 48 },
  HS512: { hash: 'sha512', keyType: 'secret', length: 64 },
  RS256: { hash: 'sha256', keyType: 'rsa', padding: RSA_PKCS1_PADDING },
  RS384: { hash: 'sha384', keyType: 'rsa', padding: RSA_PKCS1_PADDING },
  RS512: { hash: 'sha512', keyType: 'rsa', padding: RSA_PKCS1_PADDING },
  PS256: { hash: 'sha256', keyType: 'rsa', padding: RSA_PKCS1_PSS_PADDING },
  ES256: { hash: 'sha256', keyType: 'ec', curve: 'prime256v1', length: 64 },
  ES384: { hash: 'sha384', keyType: 'ec', curve: 'secp384r1', length: 96 },
};

const LEAST_RSA_BITS = 2048;

/** Whether a key is one for an algorithm: a public key is no secret to sign with, and a curve belongs to one algorithm. */
export function fitsAlgorithm(key: KeyObject, algorithm: JwtAlgorithm): boolean {
  const { keyType, curve } = SCHEMES[algorithm];
  if (key.type === 'secret') return keyType === 'secret';
  if (key.asymmetricKeyType !== keyType) return false;
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  return keyType === 'rsa' ? modulusLength >= LEAST_RSA_BITS : namedCurve === curve;
}

export function isSignedBy(key: KeyObject, algorithm: JwtAlgorithm, signed: string, signature: Buffer): boolean {
  const { hash, keyType, length, padding } = SCHEMES[algorithm];
  if (!fitsAlgorithm(key, algorithm) || (length !== undefined && signature.length !== length)) return false;
  const data = Buffer.from(signed, 'ascii');
  if (keyType === 'secret') return timingSafeEqual(createHmac(hash, key).update(data).digest(), signature);
  if (keyType === 'ec') return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  return verify(hash, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature);
}
