import { secretNames } from './secret-names.js';

describe('secretNames', () => {
  const isSecret = secretNames(['iban', 'cardNumber']);

  it.each([
    'password',
    'dbPassword',
    'access_token',
    'Token',
    'client-secret',
    'apiKey',
    'api_key',
    'X-Api-Key',
    'API_KEY',
    'Authorization',
    'proxy-authorization',
    'IBAN',
    'card_number',
  ])(
    // prettier-ignore
    'takes %p for secret',
    (name) => expect(isSecret(name)).toBe(true),
  );

  it.each(['key', 'keys', 'keyboard', 'monkey', 'name', 'pass', 'task_id', 'author', '__proto__', 'constructor'])(
    'does not take %p for secret',
    (name) => expect(isSecret(name)).toBe(false),
  );
});
