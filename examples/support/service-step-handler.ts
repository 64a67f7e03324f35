import { ApiStepHandler, type ApiResult, type TaskContext } from 'nest-tasker';
import type { LocalService } from './local-service.js';

/** A step that calls a local service: a url without a host is one of its paths. */
export abstract class ServiceStepHandler<C = TaskContext, R = ApiResult> extends ApiStepHandler<C, R> {
  protected abstract readonly service: LocalService;

  protected override baseUrl(): string {
    return this.service.url;
  }
}
