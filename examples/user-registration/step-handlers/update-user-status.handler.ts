import { PermanentError, StepHandler, type ApiRequest } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import { UserService, type User } from '../services/user.service.js';
import { accountOf } from './ancestors.js';
import { ApiBaseHandler, type Registration } from './api-base.handler.js';

export interface StatusResult {
  user_id: string;
  status: 'registration_complete';
  /** All steps of the registration, this one included. */
  completed_steps: string[];
  registration_complete: true;
}

/** Opens the account to its user. */
@StepHandler('user_registration.update_user_status')
export class UpdateUserStatusHandler extends ApiBaseHandler<User, StatusResult> {
  protected override readonly notFoundCode = 'USER_NOT_FOUND';

  constructor(protected readonly service: UserService) {
    super();
  }

  protected override request(context: Registration, configured: ApiRequest): ApiRequest {
    return { ...configured, method: 'PATCH', segments: [accountOf(context).user_id], body: { status: 'active' } };
  }

  protected override resultOf(user: User, { sequence, step }: Registration): StatusResult {
    required(user?.status, 'MISSING_STATUS_IN_RESPONSE', 'The user service has answered no status');
    return {
      user_id: user.user_id,
      status: 'registration_complete',
      completed_steps: [...sequence.names, step.name],
      registration_complete: true,
    };
  }

  /** An account is opened or it is not: there is nothing to find. */
  protected override existing(context: Registration): Promise<User> {
    throw new PermanentError('The account cannot be opened in the state that it is in', {
      errorCode: 'USER_CONFLICT',
      errorCategory: 'conflict',
      context: { user_id: accountOf(context).user_id },
    });
  }
}
