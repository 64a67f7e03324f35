import type { AttemptKey } from '../persistence/stores/attempts.js';

/** What a handler has published in an attempt; it becomes visible with the attempt's outcome. */
export interface PublishedEvent {
  /** Full name. */
  name: string;
  at: Date;
  /** The payload as JSON: what the handler does to its object afterwards changes nothing. */
  json: string;
  /** The same as it is stored, which may be encrypted. */
  stored: string;
}

/** An attempt, and what its handler has published. */
export interface Publishing extends AttemptKey {
  published: readonly PublishedEvent[] | null;
}

/** What attempts have published, as it is stored with their outcomes; null where they have published nothing. */
export function publishedJson(attempts: readonly Publishing[]): string | null {
  const items = attempts.flatMap(({ taskId, stepNo, attempt, published }) =>
    (published ?? []).map(({ name, at, stored }, position) => {
      const key = JSON.stringify({ t: taskId, n: stepNo, a: attempt, position, name, at });
      return `${key.slice(0, -1)},"payload":${stored}}`;
    }),
  );
  return items.length > 0 ? `[${items.join(',')}]` : null;
}
