import { PermanentError, RetryableError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { Move } from './puppets.js';

/** States that a step comes to by its own attempts. */
export type PlayedState = 'in_progress' | 'complete' | 'error' | 'waiting_for_retry';

export interface Moves {
  attempts?: number;
  results?: Json;
  error?: Error;
  retryAfterSeconds?: number;
}

const AN_HOUR = 3600;

/** What the attempts of a step end with, so that it comes to a state. */
export function movesTo(
  state: PlayedState,
  { attempts = 1, results = {}, error, retryAfterSeconds = AN_HOUR }: Moves,
): Move[] {
  const before = Array.from({ length: attempts - 1 }, () => ({ error: again(0) }));
  const last: Record<PlayedState, Move[]> = {
    in_progress: [],
    complete: [{ result: results }],
    error: [
      { error: error ?? new PermanentError('The factory lets this step fail.', { errorCode: 'FACTORY_FAILURE' }) },
    ],
    waiting_for_retry: [{ error: error ?? again(retryAfterSeconds) }],
  };
  return [...before, ...last[state]];
}

const again = (retryAfter: number): RetryableError =>
  new RetryableError('The factory lets this attempt fail.', { retryAfter });
