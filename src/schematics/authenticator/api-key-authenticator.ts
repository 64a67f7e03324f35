export const apiKeyClass = (className: string, prefix: string): string => `\
import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { UnauthenticatedError, type Authenticator, type IncomingRequest, type Principal } from 'nest-tasker';

const KEY_HEADER = 'x-api-key';

/** What each caller may do. */
const PERMISSIONS: Record<string, string[]> = {
  ci: ['tasker.task:create', 'tasker.task:show'],
};

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/**
 * Callers by keys of your own: \`TaskerModule.forRoot({ auth: { authenticator: ${className} } })\`. The variable
 * ${prefix}_KEYS has the SHA-256 of each: \`ci=9f86d0…,ops=60303a…\`. Keys must be long and random for that to be enough.
 */
@Injectable()
export class ${className} implements Authenticator {
  private readonly hashes = new Map(
    (process.env.${prefix}_KEYS ?? '')
      .split(',')
      .filter((entry) => entry.includes('='))
      .map((entry): [string, Buffer] => {
        const [name = '', hash = ''] = entry.trim().split('=');
        return [name, Buffer.from(hash, 'hex')];
      }),
  );

  authenticate({ headers }: IncomingRequest): Principal | null {
    const key = headers[KEY_HEADER];
    if (key === undefined) return null;
    const given = hashOf(String(key));
    for (const [name, hash] of this.hashes) {
      const fits = hash.length === given.length && timingSafeEqual(hash, given);
      if (fits) return { name, permissions: PERMISSIONS[name] ?? [] };
    }
    throw new UnauthenticatedError('The API key is not valid.');
  }
}
`;

export const apiKeySpec = (className: string, prefix: string, specifier: string): string => `\
import { createHash } from 'node:crypto';
import { UnauthenticatedError } from 'nest-tasker';
import { ${className} } from '${specifier}';

describe('${className}', () => {
  let authenticator: ${className};

  beforeAll(() => {
    process.env.${prefix}_KEYS = \`ci=\${createHash('sha256').update('long and random').digest('hex')}\`;
    authenticator = new ${className}();
  });
  afterAll(() => {
    delete process.env.${prefix}_KEYS;
  });

  it('knows who a key is of', () => {
    const principal = authenticator.authenticate({ headers: { 'x-api-key': 'long and random' } });
    expect(principal).toEqual({ name: 'ci', permissions: ['tasker.task:create', 'tasker.task:show'] });
  });

  it('refuses a key that it does not know', () => {
    expect(() => authenticator.authenticate({ headers: { 'x-api-key': 'another' } })).toThrow(UnauthenticatedError);
  });

  it('leaves a request without a key to others', () => {
    expect(authenticator.authenticate({ headers: {} })).toBeNull();
  });
});
`;
