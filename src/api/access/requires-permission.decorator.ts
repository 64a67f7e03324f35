import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { ActionOf, Permission, Resource } from '../../core/access/permission.js';
import { OPEN, type Requirement } from '../../auth/requirement.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ApiExtension, ApiSecurity } from '../swagger.js';

export const REQUIREMENT = 'tasker:requirement';

/** Names of the security schemes in the OpenAPI document. */
export const SCHEMES = { apiKey: 'api_key', bearer: 'bearer' } as const;

interface RequirementOptions {
  /** It answers of all namespaces together: callers who are limited to some are refused. */
  spansNamespaces?: boolean;
}

/** What callers of a route need. */
export const RequiresPermission = <R extends Resource>(
  resource: R,
  action: ActionOf<R>,
  options?: RequirementOptions,
): MethodDecorator => {
  const permission = `${resource}:${String(action)}` as Permission;
  return requires([permission], () => permission, options);
};

/** What callers of a route need whose body says what is to be done. */
export const RequiresPermissionByBody = (
  permissions: Requirement['permissions'],
  of: Requirement['of'],
): MethodDecorator => requires(permissions, of);

/** A route that needs no credentials: it must say nothing that is secret. */
export const Open = (): MethodDecorator => SetMetadata(REQUIREMENT, OPEN);

function requires(
  permissions: Requirement['permissions'],
  of: Requirement['of'],
  { spansNamespaces = false }: RequirementOptions = {},
): MethodDecorator {
  const requirement: Requirement = { permissions, of, spansNamespaces };
  return applyDecorators(
    SetMetadata(REQUIREMENT, requirement),
    ApiExtension('x-required-permission', permissions.length === 1 ? permissions[0] : permissions),
    ApiSecurity(SCHEMES.apiKey),
    ApiSecurity(SCHEMES.bearer),
    ApiProblems(401, 403),
  );
}
