import { TaskerError } from '../../core/errors.js';

/** Thrown where one caller sends more than its share. */
export class RateLimitedError extends TaskerError {
  constructor(readonly retryAfterSeconds: number) {
    super(
      'rate_limited',
      `You have sent as many requests as you may for now. Send this one again in ${retryAfterSeconds} s.`,
    );
  }
}
