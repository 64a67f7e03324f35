import { contentHash } from '../core/identity.js';
import { DEFAULT_NAMESPACE } from '../core/template.js';
import type { IdentityStrategy } from './request-shape.js';
import type { TaskRequest } from './task-request.js';

/** What tells one task from another. Both null: every request is a task of its own. */
export interface TaskIdentity {
  key: string | null;
  /** What two requests with this key must have in common. */
  requestHash: string | null;
}

/**
 * The key that the caller gives; with `strict` and without one, the hash of the request itself.
 *
 * @param version - of the template that the request was resolved to
 */
export function identityOf(request: TaskRequest, version: string, strategy: IdentityStrategy): TaskIdentity {
  if (request.idempotencyKey !== undefined) {
    // The version as asked: a request that is sent again must not differ because a higher version came in between.
    return { key: request.idempotencyKey, requestHash: contentHash(asked(request, request.version ?? null)) };
  }
  if (strategy !== 'strict') return { key: null, requestHash: null };
  const hash = contentHash(asked(request, version));
  return { key: hash, requestHash: hash };
}

/** What the caller wants done; how the request is traced is no part of it. */
const asked = (request: TaskRequest, version: string | null): object => ({
  namespace: request.namespace ?? DEFAULT_NAMESPACE,
  name: request.name,
  version,
  context: request.context,
  initiator: request.initiator,
  reason: request.reason,
  source_system: request.sourceSystem,
  tags: request.tags ?? [],
  priority: request.priority ?? 0,
  run_at: request.runAt ?? null,
  bypass_steps: [...new Set(request.bypassSteps)].sort(),
});
