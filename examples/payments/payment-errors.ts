import { PermanentError, type JsonObject } from 'nest-tasker';

/** What was asked for is not in order. The template's `permanent_errors` name it, as they do those below. */
export class ValidationError extends PermanentError {
  constructor(errorCode: string, message: string, context: JsonObject = {}) {
    super(message, { errorCode, errorCategory: 'validation', context });
  }
}

/** The gateway does not know us. */
export class AuthenticationError extends PermanentError {
  constructor(message: string) {
    super(message, { errorCode: 'authentication_failed', errorCategory: 'authorization' });
  }
}

/** The gateway makes no charge. Codes are as the gateway says them: escalation rules ask for them. */
abstract class DeclinedError extends PermanentError {
  constructor(errorCode: string, message: string, errorCategory = 'payment') {
    super(message, { errorCode, errorCategory });
  }
}
export class CardDeclinedError extends DeclinedError {}
export class InsufficientFundsError extends DeclinedError {}
export class FraudDetectedError extends DeclinedError {}

/** What the gateway says where it makes no charge. */
export interface Decline {
  code: string;
  message: string;
}

export function declinedError({ code, message }: Decline): PermanentError {
  const text = `The gateway declines: ${message}`;
  if (code === 'insufficient_funds') return new InsufficientFundsError(code, text);
  if (code === 'fraud_detected') return new FraudDetectedError(code, text, 'security');
  return new CardDeclinedError(code, text);
}
