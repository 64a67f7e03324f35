/** Thrown where an element cannot be written as asked: nothing is written then. The message says how to mend it. */
export class GenerationError extends Error {
  override readonly name = 'GenerationError';
}
