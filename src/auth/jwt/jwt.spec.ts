import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Issuer, signingKey, token } from '../../../test/support/issuer.js';
import { JWT_ALGORITHMS, type JwtAlgorithm } from '../../core/access/jwt-algorithm.js';
import { RemoteKeySet } from './jwks.js';
import { JwtAuthenticator } from './jwt.authenticator.js';
import { JwtVerifier } from './jwt-verifier.js';
import { fixedKey } from './key-source.js';

const RULES = { issuers: ['https://issuer'], audiences: ['tasker', 'other'], clockSkewSeconds: 30 };
const SECRET = 's'.repeat(64);
const NOW = 1_900_000_000;
const now = () => NOW * 1000;
const CLAIMS = { iss: 'https://issuer', aud: 'tasker', sub: 'ann', exp: NOW + 60, nbf: NOW - 60, iat: NOW - 60 };
const rsa = signingKey('RS256', 'rsa');
const ec = signingKey('ES256', 'ec');
const hs = createSecretKey(Buffer.from(SECRET));

const verifier = (key: KeyObject, algorithms: JwtAlgorithm[]) =>
  new JwtVerifier({ ...RULES, algorithms }, fixedKey(key), now);
const rs256 = verifier(rsa.publicKey, ['RS256']);
const withClaims = (changes: object) => token({ alg: 'RS256' }, { ...CLAIMS, ...changes }, rsa.privateKey);
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

beforeAll(() => Logger.overrideLogger(false));

describe('a token', () => {
  it.each([...JWT_ALGORITHMS])('that is signed by %s is believed', async (alg) => {
    const key = alg === 'ES384' ? signingKey('ES384', 'x') : alg.startsWith('ES') ? ec : rsa;
    const isShared = alg.startsWith('HS');
    const signed = token({ alg, typ: 'JWT' }, CLAIMS, isShared ? SECRET : key.privateKey);
    expect(await verifier(isShared ? hs : key.publicKey, [alg]).verify(signed)).toEqual(CLAIMS);
  });

  const [head, body, signature] = withClaims({}).split('.') as [string, string, string];
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });

  it.each<[string, string, string, JwtVerifier?]>([
    ['with no algorithm', `${encoded({ alg: 'none' })}.${body}.`, 'no signed token'],
    ['with the algorithm none and some signature', `${encoded({ alg: 'none' })}.${body}.AAAA`, 'algorithm'],
    ['with an algorithm in other letters', `${encoded({ alg: 'rs256' })}.${body}.${signature}`, 'algorithm'],
    ['without an algorithm', `${encoded({ typ: 'JWT' })}.${body}.${signature}`, 'algorithm'],
    ['signed with the public key as if it were a secret', token({ alg: 'HS256' }, CLAIMS, pem), 'algorithm'],
    [
      'the same where HS256 is accepted, too',
      token({ alg: 'HS256' }, CLAIMS, pem),
      'signature',
      verifier(rsa.publicKey, ['RS256', 'HS256']),
    ],
    ['of an algorithm that is not configured', token({ alg: 'PS256' }, CLAIMS, rsa.privateKey), 'algorithm'],
    ['of RSA where the key is of a curve', withClaims({}), 'signature', verifier(ec.publicKey, ['RS256'])],
    [
      'of another curve than its algorithm',
      token({ alg: 'ES256' }, CLAIMS, signingKey('ES384', 'x').privateKey),
      'signature',
      verifier(ec.publicKey, ['ES256']),
    ],
    [
      'of a key that is too short',
      token({ alg: 'RS256' }, CLAIMS, small.privateKey),
      'signature',
      verifier(small.publicKey, ['RS256']),
    ],
    ['of another key', token({ alg: 'RS256' }, CLAIMS, signingKey('RS256', 'x').privateKey), 'signature'],
    ['with other claims', `${head}.${encoded({ ...CLAIMS, sub: 'root' })}.${signature}`, 'signature'],
    ['with another header', `${encoded({ alg: 'RS256', typ: 'JWT' })}.${body}.${signature}`, 'signature'],
    ['with a signature of zeros', `${head}.${body}.${Buffer.alloc(256).toString('base64url')}`, 'signature'],
    [
      'of ECDSA with a signature of zeros',
      `${encoded({ alg: 'ES256' })}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      'signature',
      verifier(ec.publicKey, ['ES256']),
    ],
    [
      'that asks for extensions',
      token({ alg: 'RS256', crit: ['b64'], b64: false }, CLAIMS, rsa.privateKey),
      'extensions',
    ],
    ['for something else', token({ alg: 'RS256', typ: 'secevent+jwt' }, CLAIMS, rsa.privateKey), 'something else'],
    ['with a key id that is no text', token({ alg: 'RS256', kid: ['a'] }, CLAIMS, rsa.privateKey), 'key id'],
    ['of another issuer', withClaims({ iss: 'https://issuer.evil' }), 'issuer'],
    ['of several issuers', withClaims({ iss: ['https://issuer'] }), 'issuer'],
    ['without issuer', withClaims({ iss: undefined }), 'issuer'],
    ['for another audience', withClaims({ aud: 'shop' }), 'aud'],
    ['for other audiences', withClaims({ aud: ['shop', 'tasker.example'] }), 'aud'],
    ['without audience', withClaims({ aud: undefined }), 'aud'],
    ['that expired longer ago than clocks differ', withClaims({ exp: NOW - 30 }), 'expired'],
    ['without an end', withClaims({ exp: undefined }), 'exp'],
    ['with an end that is text', withClaims({ exp: `${NOW + 60}` }), 'exp'],
    ['that is not valid yet', withClaims({ nbf: NOW + 31 }), 'nbf'],
    ['from the future', withClaims({ iat: NOW + 31 }), 'iat'],
    ['with a beginning that is no time', withClaims({ nbf: 'soon' }), 'nbf'],
    ['that is encrypted', 'a.b.c.d.e', 'no signed token'],
    ['that is no JSON', `${Buffer.from('{').toString('base64url')}.${body}.${signature}`, 'cannot be read'],
    ['whose header is a list', `${encoded([])}.${body}.${signature}`, 'cannot be read'],
    ['with padding', `${head}=.${body}.${signature}`, 'no signed token'],
    ['that is endless', `${head}.${'A'.repeat(20_000)}.${signature}`, 'no signed token'],
    ['that is empty', '', 'no signed token'],
  ])('%s is refused', async (_what, text, reason, by = rs256) => {
    const error = (await by.verify(text).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(reason) });
    if (text !== '') expect(error.message).not.toContain(text.slice(0, 20));
  });

  it.each([
    ['ended no longer ago than clocks differ', { exp: NOW - 29 }],
    ['begins no later than clocks differ', { nbf: NOW + 30, iat: NOW + 30 }],
    ['is for several audiences, one of them ours', { aud: ['shop', 'tasker'] }],
    ['says no more than it must', { nbf: undefined, iat: undefined }],
  ])('that %s is believed', async (_what, claims) => {
    expect(await rs256.verify(withClaims(claims))).toMatchObject({ sub: 'ann' });
  });
});

describe('the principal of a token', () => {
  const CLAIM_NAMES = { permissions: 'scope', roles: 'realm_access.roles', namespaces: 'https://x.org/namespaces' };
  const ask = (claims: object) =>
    new JwtAuthenticator(rs256, CLAIM_NAMES).authenticate({
      headers: { authorization: `bearer ${withClaims(claims)}` },
    });

  it('has what the configured claims say', async () => {
    const claims = {
      scope: 'tasker.task:show a',
      realm_access: { roles: ['ops'] },
      'https://x.org/namespaces': ['shop'],
    };
    expect(await ask(claims)).toEqual({
      name: 'ann',
      permissions: ['tasker.task:show', 'a'],
      roles: ['ops'],
      namespaces: ['shop'],
    });
  });

  it('has nothing where the claims say nothing, and is of all namespaces', async () => {
    expect(await ask({})).toEqual({ name: 'ann', permissions: [], roles: [], namespaces: null });
    expect(await ask({ 'https://x.org/namespaces': [] })).toMatchObject({ namespaces: [] });
  });

  it.each([
    { scope: 7 },
    { scope: [7] },
    { realm_access: { roles: {} } },
    { sub: '' },
    { sub: undefined },
    { sub: 'x'.repeat(256) },
  ])('is none where claims are no such thing: %j', async (claims) => {
    await expect(ask(claims)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it.each([{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }, { authorization: 'Bearer tsk_1_2' }])(
    'is not looked for in %j',
    async (headers) => {
      expect(await new JwtAuthenticator(rs256, CLAIM_NAMES).authenticate({ headers })).toBeNull();
    },
  );
});

describe('a key set', () => {
  let issuer: Issuer;
  let time: number;
  let keys: RemoteKeySet;
  const second = signingKey('RS256', 'second');
  const found = async (kid: string | null, alg: JwtAlgorithm = 'RS256') =>
    (await keys.keyFor(alg, kid))?.equals(kid === 'second' ? second.publicKey : rsa.publicKey) ?? null;

  beforeEach(async () => {
    issuer = await Issuer.start(rsa, ec);
    time = 0;
    keys = new RemoteKeySet(issuer.url, () => time);
  });
  afterEach(() => issuer.stop());

  it('is read when it is first needed, once for all who ask', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => found('rsa')))).toEqual(Array(20).fill(true));
    expect(issuer.requests).toBe(1);
  });

  it('has no key for another algorithm, and no secrets', async () => {
    expect(await keys.keyFor('ES256', 'rsa')).toBeNull();
    expect(await keys.keyFor('PS256', 'rsa')).toBeNull();
    expect(await keys.keyFor('HS256', 'shared')).toBeNull();
    expect(await keys.keyFor('HS256', 'rsa')).toBeNull();
  });

  it('has one key for a token that names none, unless several would fit', async () => {
    expect(await found(null)).toBe(true);
    issuer.keys.push(second);
    time += 601_000;
    await found('second');
    time += 31_000;
    await found('second');
    expect(await found(null)).toBeNull();
  });

  it('is read again for a key that it does not know, at most every 30 seconds', async () => {
    expect(await found('rsa')).toBe(true);
    issuer.keys = [second];
    for (const kid of ['second', 'guess', 'another']) expect(await found(kid)).toBeNull();
    expect(issuer.requests).toBe(1);
    time += 30_000;
    expect(await found('second')).toBe(true);
    // what is not published any more opens nothing
    expect(await found('rsa')).toBeNull();
    expect(issuer.requests).toBe(2);
  });

  it('serves for an hour while the issuer is away, and not for longer', async () => {
    expect(await found('rsa')).toBe(true);
    issuer.failure = { status: 500, body: 'no' };
    for (const later of [601_000, 3_000_000 - 1_000]) {
      time += later - time;
      expect(await found('rsa')).toBe(true);
    }
    time = 3_600_001;
    await expect(found('rsa')).rejects.toMatchObject({ status: 503 });
    issuer.failure = null;
    time += 30_000;
    expect(await found('rsa')).toBe(true);
  });

  it.each([
    ['fails', { status: 500, body: '' }],
    ['sends elsewhere', { status: 302, body: '' }],
    ['answers no JSON', { status: 200, body: '<html>' }],
    ['answers no key set', { status: 200, body: '{"keys":{}}' }],
    ['answers without end', { status: 200, body: `{"keys":[],"x":"${'x'.repeat(1_100_000)}"}` }],
  ])('is asked for again soon where the issuer %s at first', async (_what, failure) => {
    issuer.failure = failure;
    await expect(found('rsa')).rejects.toMatchObject({ status: 503 });
    await expect(found('rsa')).rejects.toMatchObject({ status: 503 });
    expect(issuer.requests).toBe(1);
    issuer.failure = null;
    time += 1_000;
    expect(await found('rsa')).toBe(true);
  });

  it('reads keys as they are published', async () => {
    const key = await keys.keyFor('ES256', 'ec');
    expect(key!.equals(createPublicKey(ec.privateKey))).toBe(true);
  });
});
