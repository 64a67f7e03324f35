export const customClass = (className: string): string => `\
import { Injectable } from '@nestjs/common';
import { UnauthenticatedError, type Authenticator, type IncomingRequest, type Principal } from 'nest-tasker';

const SESSION_HEADER = 'x-session';

/** Callers by their sessions: \`TaskerModule.forRoot({ auth: { authenticator: ${className} } })\`. */
@Injectable()
export class ${className} implements Authenticator {
  /** Who is known, by their sessions: put whoever keeps them in place of this. */
  readonly sessions = new Map<string, Principal>();

  /** Null where there are no credentials of this kind: API keys and tokens are asked for next, where they are taken. */
  authenticate({ headers }: IncomingRequest): Principal | null {
    const session = headers[SESSION_HEADER];
    if (session === undefined) return null;
    const principal = this.sessions.get(String(session));
    if (principal) return principal;
    throw new UnauthenticatedError('The session is not known: log in again.');
  }
}
`;

export const customSpec = (className: string, _prefix: string, specifier: string): string => `\
import { UnauthenticatedError } from 'nest-tasker';
import { ${className} } from '${specifier}';

describe('${className}', () => {
  const authenticator = new ${className}();
  const ann = { name: 'ann', permissions: ['tasker.task:show'] };
  authenticator.sessions.set('good', ann);

  it('knows who a session is of', () => {
    expect(authenticator.authenticate({ headers: { 'x-session': 'good' } })).toEqual(ann);
  });

  it('refuses a session that it does not know', () => {
    expect(() => authenticator.authenticate({ headers: { 'x-session': 'bad' } })).toThrow(UnauthenticatedError);
  });

  it('leaves a request without a session to others', () => {
    expect(authenticator.authenticate({ headers: {} })).toBeNull();
  });
});
`;
