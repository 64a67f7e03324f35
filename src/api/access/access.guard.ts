import { Inject, Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Access, type AccessRequest } from '../../auth/access.js';
import { admit, type Caller } from '../../auth/caller.js';
import { OPEN, type Requirement } from '../../auth/requirement.js';
import { TaskAccess } from '../../auth/task-access.js';
import { TaskerError } from '../../core/errors.js';
import { runInLogScope } from '../../core/log-scope.js';
import { logScopeOf, type CorrelatedRequest, type HeaderWriter } from '../request/correlation.js';
import { nameSpan } from '../request/route-span.js';
import { REQUIREMENT } from './requires-permission.decorator.js';
import { secure } from './secure-headers.js';

/** Token of the controllers whose routes are Tasker's. */
export const TASKER_CONTROLLERS = Symbol('TASKER_CONTROLLERS');

/**
 * Stands before every route of Tasker's, and before none of the host's. A route that does not say what it needs is
 * refused to everybody. Asked before anything of the request is validated.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(TASKER_CONTROLLERS) private readonly controllers: readonly Type[],
    private readonly reflector: Reflector,
    private readonly access: Access,
    private readonly tasks: TaskAccess,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.controllers.includes(context.getClass())) return true;
    const request = context.switchToHttp().getRequest<CorrelatedRequest>();
    return runInLogScope(logScopeOf(request), () => this.mayEnter(context));
  }

  private async mayEnter(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    nameSpan(http.getRequest<object>());
    secure(http.getResponse<HeaderWriter>());
    const requirement = this.reflector.get<Requirement | typeof OPEN | undefined>(REQUIREMENT, context.getHandler());
    if (requirement === OPEN) return true;
    if (requirement === undefined) throw new TaskerError('forbidden', 'This route does not say what it needs.');
    const request = http.getRequest<AccessRequest>();
    const caller = await this.access.enter(request, requirement);
    await this.checkPath(caller, request.params ?? {});
    admit(request, caller);
    return true;
  }

  private async checkPath(caller: Caller, { task_id: taskId, namespace }: Record<string, string | undefined>) {
    if (taskId !== undefined) await this.tasks.checkTask(caller, taskId);
    if (namespace !== undefined && !caller.knows(namespace)) {
      throw new TaskerError('template_not_found', 'There is no such namespace among those that you are limited to.');
    }
  }
}
