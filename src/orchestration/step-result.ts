import { PermanentError } from '../core/errors.js';

/** A result that is JSON already: what a thread sends. */
export class PreparedResult {
  constructor(readonly json: string) {}
}

/**
 * A handler's output as the JSON that is stored; nothing is stored as null.
 *
 * @throws PermanentError `RESULT_NOT_JSON` or `RESULT_TOO_LARGE`
 */
export function serializeResult(output: unknown, maxBytes: number): string {
  if (output === undefined) return 'null';
  const json = output instanceof PreparedResult ? output.json : stringify(output);
  // a character takes at most three bytes of UTF-8: most results need no counting
  if (json.length * 3 > maxBytes && Buffer.byteLength(json) > maxBytes) {
    throw new PermanentError(
      `The result is ${Buffer.byteLength(json)} bytes of JSON; at most ${maxBytes} are stored. ` +
        `Store it elsewhere and return a reference, or raise worker.maxResultBytes.`,
      { errorCode: 'RESULT_TOO_LARGE', errorCategory: 'result' },
    );
  }
  return json;
}

function stringify(output: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(output);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  throw new PermanentError(
    `The result is not JSON: ${cause instanceof Error ? cause.message : `a ${typeof output}`}. Return plain data.`,
    { errorCode: 'RESULT_NOT_JSON', errorCategory: 'result', cause },
  );
}
