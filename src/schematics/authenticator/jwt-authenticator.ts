export const jwtClass = (className: string, prefix: string): string => `\
import { Injectable } from '@nestjs/common';
import { JwtAuthenticator, type Authenticator, type IncomingRequest, type Principal } from 'nest-tasker';

/** What each role of the issuer may do. */
const PERMISSIONS: Record<string, string[]> = {
  viewer: ['tasker.task:index', 'tasker.task:show', 'tasker.workflow_step:index', 'tasker.workflow_step:show'],
  operator: ['tasker.task:*', 'tasker.workflow_step:*'],
};

/**
 * Callers by tokens whose roles mean permissions: \`TaskerModule.forRoot({ auth: { authenticator: ${className} } })\`.
 * Where tokens name permissions themselves, \`auth: { jwt: { … } }\` is enough.
 */
@Injectable()
export class ${className} implements Authenticator {
  private readonly tokens = JwtAuthenticator.for({
    // or jwksUrl, where the issuer publishes its keys
    publicKey: process.env.${prefix}_PUBLIC_KEY,
    issuer: process.env.${prefix}_ISSUER ?? '',
    audience: process.env.${prefix}_AUDIENCE ?? 'tasker',
    rolesClaim: 'roles',
  });

  async authenticate(request: IncomingRequest): Promise<Principal | null> {
    const principal = await this.tokens.authenticate(request);
    if (principal === null) return null;
    const permissions = (principal.roles ?? []).flatMap((role) => PERMISSIONS[role] ?? []);
    return { ...principal, permissions };
  }
}
`;

export const jwtSpec = (className: string, prefix: string, specifier: string): string => `\
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { UnauthenticatedError } from 'nest-tasker';
import { ${className} } from '${specifier}';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function bearer(key: KeyObject, claims: object): { authorization: string } {
  const usual = { iss: 'https://issuer.example.org/', aud: 'tasker', sub: 'ann', exp: Date.now() / 1000 + 60 };
  const signed = \`\${encoded({ alg: 'RS256', typ: 'JWT' })}.\${encoded({ ...usual, ...claims })}\`;
  return { authorization: \`Bearer \${signed}.\${sign('sha256', Buffer.from(signed), key).toString('base64url')}\` };
}

describe('${className}', () => {
  const { publicKey, privateKey } = pair();
  let authenticator: ${className};

  beforeAll(() => {
    process.env.${prefix}_PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    process.env.${prefix}_ISSUER = 'https://issuer.example.org/';
    authenticator = new ${className}();
  });
  afterAll(() => {
    delete process.env.${prefix}_PUBLIC_KEY;
    delete process.env.${prefix}_ISSUER;
  });

  it('permits what the roles in a token mean', async () => {
    const principal = await authenticator.authenticate({ headers: bearer(privateKey, { roles: ['operator'] }) });
    expect(principal).toMatchObject({ name: 'ann', permissions: ['tasker.task:*', 'tasker.workflow_step:*'] });
  });

  it.each([
    ['of somebody else', () => bearer(pair().privateKey, {})],
    ['that has expired', () => bearer(privateKey, { exp: 1 })],
    ['for something else', () => bearer(privateKey, { aud: 'shop' })],
  ])('refuses a token %s', async (_what, headers) => {
    await expect(authenticator.authenticate({ headers: headers() })).rejects.toThrow(UnauthenticatedError);
  });

  it('leaves a request without a token to others', async () => {
    expect(await authenticator.authenticate({ headers: {} })).toBeNull();
  });
});
`;
