import type { ApiKeyRow, ApiKeyStore } from '../../persistence/stores/api-key.store.js';
import { ApiKeyAuthenticator } from './api-key.authenticator.js';
import { hashOf, newKeyId, newSecret, writeKey } from './key-text.js';

describe('ApiKeyAuthenticator', () => {
  const id = newKeyId();
  let stored: ApiKeyRow;
  let reads: number;
  let now: number;
  let authenticator: ApiKeyAuthenticator;

  const store = {
    find: () => {
      reads += 1;
      return Promise.resolve(stored);
    },
    used: () => Promise.resolve(),
  };
  const withSecret = (secret: string): ApiKeyRow => ({ ...stored, secretHash: hashOf(secret) });
  const ask = (secret: string) => authenticator.authenticate({ headers: { 'x-api-key': writeKey({ id, secret }) } });

  beforeEach(() => {
    now = 1_000_000;
    reads = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    stored = { id, name: 'ci', permissions: ['*'], roles: [], namespaces: null } as unknown as ApiKeyRow;
    stored = { ...stored, revokedAt: null, expiresAt: null, previousHash: null, previousUntil: null };
    authenticator = new ApiKeyAuthenticator(store as unknown as ApiKeyStore);
  });
  afterEach(() => jest.restoreAllMocks());

  it('reads a key again whose secret does not fit, as it may have got another a moment ago', async () => {
    const [first, second] = [newSecret(), newSecret()];
    stored = withSecret(first);
    await ask(first);
    stored = withSecret(second);
    now += 150;

    await expect(ask(second)).resolves.toMatchObject({ name: 'ci' });
    await expect(ask(first)).rejects.toThrow('The API key is not valid.');
  });

  it('asks the database ten times a second at most for a secret that is wrong', async () => {
    stored = withSecret(newSecret());
    for (let n = 0; n < 100; n++) {
      await expect(ask(newSecret())).rejects.toThrow('The API key is not valid.');
      now += 10;
    }

    expect(reads).toBeLessThanOrEqual(11);
  });
});
