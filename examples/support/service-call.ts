import type { ApiRequest, ApiResponse, StepContext, TaskContext } from 'nest-tasker';
import type { LocalService } from './local-service.js';
import { ServiceStepHandler } from './service-step-handler.js';

/**
 * A further call of a step that makes several: with the step's configuration, its headers, and the failures of any API step.
 * `new ServiceCall<User>(service, { url: '/users', params: { email } }).process(context)`.
 */
export class ServiceCall<B, C = TaskContext> extends ServiceStepHandler<C, ApiResponse<B>> {
  /**
   * @param asked - laid over what `handler_config` says of the call
   * @param configKeys - keys of `handler_config` that the handler reads itself
   */
  constructor(
    protected readonly service: LocalService,
    private readonly asked: ApiRequest,
    protected override readonly configKeys: readonly string[] = [],
  ) {
    super();
  }

  protected override request(_context: StepContext<C>, configured: ApiRequest): ApiRequest {
    return { ...configured, ...this.asked };
  }

  protected override onResponse(response: ApiResponse<B>): ApiResponse<B> {
    return response;
  }
}
