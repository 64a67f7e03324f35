import { PermanentError, type JsonObject } from 'nest-tasker';

/** What a step throws for what no further attempt would mend. */
export const refusal = (errorCode: string, message: string, context: JsonObject = {}): PermanentError =>
  new PermanentError(message, { errorCode, errorCategory: 'validation', context });

/** A value that must be there, or the error that says so. @throws PermanentError */
export function required<T>(value: T | null | undefined, errorCode: string, message: string): T {
  if (value !== undefined && value !== null && value !== '') return value;
  throw refusal(errorCode, message);
}
