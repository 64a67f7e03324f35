import { PermanentError, type Sequence } from 'nest-tasker';

/**
 * One value from the result of a finished ancestor.
 *
 * @throws PermanentError if it is not there: the ancestor was skipped, or settled by hand without a result
 */
export function ancestorResult<T>(sequence: Sequence, step: string, key: string): T {
  const value = sequence.results<Record<string, T> | null>(step)?.[key];
  if (value !== undefined && value !== null) return value;
  throw new PermanentError(`Step ${step} has left no "${key}"`, {
    errorCode: 'MISSING_STEP_RESULTS',
    errorCategory: 'validation',
    context: { step, key },
  });
}
