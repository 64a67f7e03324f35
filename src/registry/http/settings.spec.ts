import { PermanentError, type Finding } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { readSettings } from './settings.js';

const defaults = { ownKeys: [], baseUrl: null, needsUrl: true };
const read = (config: JsonObject, options: Partial<Parameters<typeof readSettings>[2]> = {}) =>
  readSettings('fetch', config, { ...defaults, ...options });

function refusal(config: JsonObject, options: Partial<Parameters<typeof readSettings>[2]> = {}): PermanentError {
  try {
    read(config, options);
  } catch (error) {
    return error as PermanentError;
  }
  throw new Error('Nothing was refused');
}
const pathsOf = ({ context }: PermanentError): string[] =>
  (context.findings as unknown as Finding[]).map(({ path }) => path);

describe('readSettings', () => {
  it('needs no more than a url', () => {
    expect(read({ url: 'https://host/x' })).toEqual({
      request: { url: 'https://host/x' },
      auth: null,
      timeoutMs: null,
      acceptStatuses: [],
      followRedirects: true,
    });
  });

  it('reads numbers and booleans from text, as placeholders leave them', () => {
    const config = { url: 'https://host', timeout_seconds: '2.5', accept_statuses: ['409'], follow_redirects: 'false' };
    expect(read(config)).toMatchObject({ timeoutMs: 2500, acceptStatuses: [409], followRedirects: false });
  });

  it("accepts what upstream's templates say besides, and the handler's own keys", () => {
    const config = { type: 'api', url: 'https://host', retry_backoff: 'exponential', currency: 'EUR' };
    expect(read(config, { ownKeys: ['currency'] }).request.url).toBe('https://host');
  });

  it('names every mistake at once', () => {
    const error = refusal({
      url: 'orders',
      methode: 'GET',
      method: 'FETCH',
      params: { a: { b: 1 }, c: null },
      headers: { 'x-a': 'b\r\nc', 'bad name': 1, Connection: 'close' },
      auth: { bearer: '' },
      timeout_seconds: 0,
      accept_statuses: [99],
      follow_redirects: 'perhaps',
    });
    expect(error).toMatchObject({ retryable: false, errorCode: 'CONFIG_INVALID', errorCategory: 'configuration' });
    expect(pathsOf(error).sort()).toEqual([
      'accept_statuses.0',
      'auth.bearer',
      'follow_redirects',
      'headers.Connection',
      'headers.bad name',
      'headers.x-a',
      'method',
      'methode',
      'params.a',
      'params.c',
      'timeout_seconds',
      'url',
    ]);
    expect(error.message).toContain('The handler_config of step "fetch" is not valid:');
    expect(error.message).toContain('methode: is not a setting of an API step. Did you mean "method"?');
  });

  it.each<[JsonObject, string]>([
    [{}, 'url'],
    [{ url: 7 }, 'url'],
    [{ url: '' }, 'url'],
    [{ url: '', base_url: 'https://host' }, 'url'],
    [{ url: '/path' }, 'url'],
    [{ url: 'ftp://host' }, 'url'],
    [{ url: 'http://' }, 'url'],
    [{ url: 'https://ann:pw@host' }, 'url'],
    [{ url: '//evil/x', base_url: 'https://host' }, 'url'],
    [{ url: '/\\evil/x', base_url: 'https://host' }, 'url'],
    [{ url: '/x', base_url: 'host' }, 'base_url'],
    [{ url: 'https://host', params: 'a=b' }, 'params'],
    [{ url: 'https://host', headers: ['a'] }, 'headers'],
    [{ url: 'https://host', body: {} }, 'body'],
    [{ url: 'https://host', method: 'POST', body: {}, headers: { 'content-type': 'text/csv' } }, 'body'],
    [{ url: 'https://host', auth: 'x' }, 'auth'],
    [{ url: 'https://host', auth: {} }, 'auth'],
    [{ url: 'https://host', auth: { bearer: 'x', header: 'y', value: 'z' } }, 'auth'],
    [{ url: 'https://host', auth: { basic: { username: 'a' } } }, 'auth'],
    [{ url: 'https://host', auth: { bearer: 'x' }, headers: { Authorization: 'y' } }, 'auth'],
    [{ url: 'https://host', auth: { header: 'X-Key', value: 'x' }, headers: { 'x-key': 'y' } }, 'auth'],
    [{ url: 'https://host', auth: { bearer: 'a\r\nb' } }, 'auth.bearer'],
    [{ url: 'https://host', timeout_seconds: 'soon' }, 'timeout_seconds'],
    [{ url: 'https://host', timeout_seconds: 1e9 }, 'timeout_seconds'],
    [{ url: 'https://host', accept_statuses: 409 }, 'accept_statuses'],
    [{ url: 'https://host', type: 'queue' }, 'type'],
  ])('refuses %j', (config, path) => {
    expect(pathsOf(refusal(config))).toEqual([path]);
  });

  it('lets a handler complete the address, but not one that is wrong', () => {
    expect(read({ url: '/carts' }, { needsUrl: false }).request.url).toBe('/carts');
    expect(read({}, { needsUrl: false }).request.url).toBeUndefined();
    expect(pathsOf(refusal({ url: '//evil' }, { needsUrl: false }))).toEqual(['url']);
  });

  it("takes the handler's base for a path, and the config's own over it", () => {
    expect(read({ url: '/x' }, { baseUrl: 'https://a' }).request.baseUrl).toBe('https://a');
    expect(read({ url: '/x', base_url: 'https://b' }, { baseUrl: 'https://a' }).request.baseUrl).toBe('https://b');
  });
});
