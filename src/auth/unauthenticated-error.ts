import { TaskerError } from '../core/errors.js';

/** Nobody knows who a request is from: answered with 401. Its message is told to whoever asks, so it holds no secret. */
export class UnauthenticatedError extends TaskerError {
  /**
   * @param message - what is wrong with the credentials, and what to do
   * @param hadCredentials - whether there were any
   */
  constructor(
    message: string,
    readonly hadCredentials = true,
  ) {
    super('unauthenticated', message);
  }

  /** For the header WWW-Authenticate (RFC 6750). */
  get challenge(): string {
    return `Bearer realm="tasker"${this.hadCredentials ? ', error="invalid_token"' : ''}`;
  }
}
