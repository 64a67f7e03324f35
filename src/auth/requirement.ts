import type { Permission } from '../core/access/permission.js';

/** What a route asks of its callers. */
export interface Requirement {
  /** All that may be asked for; more than one where the body says what is to be done. */
  permissions: readonly [Permission, ...Permission[]];
  /** Which of them a body asks for. Not validated yet: whatever is no valid body is refused later. */
  of: (body: unknown) => Permission;
  /** It answers of all namespaces together: callers who are limited to some are refused. */
  spansNamespaces: boolean;
}

/** What is asked of the callers of routes that are open to all. */
export const OPEN = 'open';
