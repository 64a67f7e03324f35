import { once } from 'node:events';
import type { Socket } from 'node:net';

/** A connection that says nothing for this long, in milliseconds, while it is asked something short, is given up. */
export const SILENT_MS = 30_000;

/** Nothing came on a connection: what it was asked may have been carried out, or not. */
export class SilentConnectionError extends Error {
  constructor(silentMs: number) {
    super(`connection silent for ${silentMs} ms`);
    this.name = 'SilentConnectionError';
  }
}

/** @throws SilentConnectionError where the answer does not come in time */
export async function answerWithin<T>(answer: Promise<T>, silentMs = SILENT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SilentConnectionError(silentMs)), silentMs);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Closes a client's connection without a word to the server: it is broken, or nobody knows what it is doing. Resolves once
 * the client knows, so that no pool lends it again.
 */
export async function cutOff(client: unknown): Promise<void> {
  const { stream } = (client as { connection: { stream: Socket } }).connection;
  if (stream.closed) return;
  const closed = once(stream, 'close');
  stream.destroy();
  await closed;
}
