import type { Permission } from './permission.js';

/** Who a request is from, and what they hold. */
export interface Principal {
  /** Kept in the audit trail as the actor: 1 to 255 characters. */
  name: string;
  /** `tasker.task:create`, `tasker.task:*`, `*`. */
  permissions: readonly string[];
  /** Held against `security.access_control.allowed_roles` of templates. @default none */
  roles?: readonly string[];
  /** Only tasks and templates of these; null for all. @default null */
  namespaces?: readonly string[] | null;
}

/** What Express's and Fastify's requests have in common. */
export interface IncomingRequest {
  headers: Record<string, string | string[] | undefined>;
}

/** Finds out who requests are from. */
export interface Authenticator {
  /**
   * @returns null where the request holds no credentials that this authenticator knows: the next one is asked
   * @throws UnauthenticatedError where it holds some that are not good
   */
  authenticate(request: IncomingRequest): Principal | null | Promise<Principal | null>;
}

/** What somebody wants to do. */
export interface AccessQuestion {
  permission: Permission;
  /** The task in the request's path; null where it names none. */
  taskId: string | null;
}

/** Decides what principals may do. The namespaces of a principal are held to beside it. */
export interface Authorizer {
  authorize(principal: Principal, question: AccessQuestion): boolean | Promise<boolean>;
}
