import type { EntityManager } from 'typeorm';
import type { JsonObject } from '../core/json.js';

/** What is asked of Tasker: run this template with this context. */
export interface TaskRequest {
  name: string;
  /** The task's input; must satisfy the template's `schema`. */
  context: JsonObject;
  /** Who or what asks. */
  initiator: string;
  /** Why. */
  reason: string;
  /** From which system. */
  sourceSystem: string;
  /** @default 'default' */
  namespace?: string;
  /** @default the highest */
  version?: string;
  tags?: string[];
  /** −100 to 100, higher first. @default 0 */
  priority?: number;
  /** Not started before then. @default at once */
  runAt?: Date;
  /** The same key and request answer the task that was created first; the same key with another request is refused. */
  idempotencyKey?: string;
  /** @default a new UUID */
  correlationId?: string;
  /** W3C trace context of the caller. */
  traceparent?: string;
  /** Names of steps to skip: each becomes `skipped` when its turn comes. */
  bypassSteps?: string[];
}

export interface CreateOptions {
  /** Creates the task in this transaction: it exists, and may start, once that commits. */
  manager?: Pick<EntityManager, 'query'>;
}
