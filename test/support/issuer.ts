import { constants, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export function signingKey(alg: string, kid: string): SigningKey {
  const curve = { ES256: 'P-256', ES384: 'P-384' }[alg];
  const pair = curve
    ? generateKeyPairSync('ec', { namedCurve: curve })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, alg, ...pair };
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as a good issuer, or a bad one, makes it. */
export function token(header: object, claims: object, key: KeyObject | string): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${signature((header as { alg: string }).alg, signed, key).toString('base64url')}`;
}

function signature(alg: string, signed: string, key: KeyObject | string): Buffer {
  const hash = `sha${alg.slice(2)}`;
  const data = Buffer.from(signed);
  if (alg.startsWith('HS')) return createHmac(hash, key).update(data).digest();
  if (alg.startsWith('ES')) return sign(hash, data, { key: key as KeyObject, dsaEncoding: 'ieee-p1363' });
  const padding = alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return sign(hash, data, { key: key as KeyObject, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

/** Publishes keys as an issuer does, on this machine. */
export class Issuer {
  requests = 0;
  /** Answers with this instead. */
  failure: { status: number; body: string } | null = null;
  keys: SigningKey[] = [];

  private constructor(private readonly server: Server) {}

  static async start(...keys: SigningKey[]): Promise<Issuer> {
    const server = createServer();
    const issuer = new Issuer(server);
    issuer.keys = keys;
    server.on('request', (_request, response) => {
      issuer.requests += 1;
      const { status, body } = issuer.failure ?? { status: 200, body: issuer.document() };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  /** A token that is right in every way, but for what is changed. */
  sign(claims: object = {}, key = this.keys[0]!): string {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: 'https://issuer', aud: 'tasker', sub: 'ann@example.org', iat: now, exp: now + 300 };
    return token({ alg: key.alg, kid: key.kid, typ: 'JWT' }, { ...usual, ...claims }, key.privateKey);
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private document(): string {
    const keys = this.keys.map(({ kid, alg, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig',
    }));
    // kinds that nobody here knows, and a secret that nobody should publish
    const others = [
      { kty: 'OKP', crv: 'X25519', x: 'AA', kid: 'other' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' },
      null,
    ];
    return JSON.stringify({ keys: [...keys, ...others] });
  }
}
