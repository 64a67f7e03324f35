import { TaskerError } from '../core/errors.js';
import type { AccessControl } from '../core/template-policies.js';
import type { TaskTemplate } from '../core/template.js';
import type { Principal } from '../core/access/principal.js';
import { UnauthenticatedError } from './unauthenticated-error.js';

const CALLER = Symbol('tasker:caller');

/** What of a template decides who may work with its tasks. */
type Guarded = Pick<TaskTemplate, 'namespace' | 'security'>;

/** Who sends a request that was let in. */
export class Caller {
  /**
   * @param principal - null where access is off, which it is for this machine alone
   * @param stillMay - asked again, as a stream does that stays open; null where nothing can change
   */
  constructor(
    readonly principal: Principal | null,
    readonly stillMay: (() => Promise<boolean>) | null = null,
  ) {}

  /** Null for all. */
  get namespaces(): readonly string[] | null {
    return this.principal?.namespaces ?? null;
  }

  /** Null where nobody knows who it is. */
  get roles(): readonly string[] | null {
    return this.principal ? (this.principal.roles ?? []) : null;
  }

  knows(namespace: string): boolean {
    return this.namespaces?.includes(namespace) ?? true;
  }

  /** Whether tasks of that template may be seen. */
  sees({ namespace, security }: Guarded): boolean {
    return this.knows(namespace) && this.refusal(security.accessControl) === null;
  }

  /** What a template's own rules say against this caller; null for nothing. */
  refusal(rules: AccessControl | null): TaskerError | null {
    if (!rules?.authenticationRequired) return null;
    if (this.roles === null) {
      return new UnauthenticatedError(
        'Tasks of this template are for callers who say who they are, and this server asks nobody: set `auth`.',
        false,
      );
    }
    const { allowedRoles } = rules;
    if (allowedRoles.length === 0 || this.roles.some((role) => allowedRoles.includes(role))) return null;
    return new TaskerError('forbidden', 'Tasks of this template are for callers with one of its roles.');
  }
}

/** Keeps who sends a request with it. */
export function admit(request: object, caller: Caller): void {
  (request as { [CALLER]?: Caller })[CALLER] = caller;
}

/** Who sends a request; nobody known where no guard was asked. */
export const callerOf = (request: object): Caller => (request as { [CALLER]?: Caller })[CALLER] ?? new Caller(null);
