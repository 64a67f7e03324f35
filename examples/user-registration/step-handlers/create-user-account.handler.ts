import { PermanentError, RetryableError, StepHandler, type ApiRequest } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import type { Plan } from '../registration-context.js';
import { UserService, type NewUser, type User } from '../services/user.service.js';
import { ApiBaseHandler, type Made, type Registration } from './api-base.handler.js';

export interface UserAccount {
  user_id: string;
  email: string;
  plan: Plan;
  created_at: string;
  status: Made;
}

/** Creates the account. An address that has one already must be the same person's, who has asked for the same plan. */
@StepHandler('user_registration.create_user_account')
export class CreateUserAccountHandler extends ApiBaseHandler<User, UserAccount> {
  constructor(protected readonly service: UserService) {
    super();
  }

  protected override request(context: Registration, configured: ApiRequest): ApiRequest {
    return { ...configured, method: 'POST', body: newUserOf(context) };
  }

  protected override resultOf(user: User, _context: Registration, status: Made): UserAccount {
    return {
      user_id: required(user?.user_id, 'MISSING_USER_ID_IN_RESPONSE', 'The user service has answered no user_id'),
      email: required(user.email, 'MISSING_EMAIL_IN_RESPONSE', 'The user service has answered no email'),
      plan: user.plan,
      created_at: user.created_at,
      status,
    };
  }

  protected override async existing(context: Registration): Promise<User> {
    const { email, name, plan } = newUserOf(context);
    const { users } = await this.ask<{ users: User[] }>(context, { params: { email } });
    const [user] = users;
    if (!user) {
      throw new RetryableError('The account that was in the way is gone', {
        errorCode: 'USER_GONE',
        errorCategory: 'conflict',
      });
    }
    if (user.name === name && user.plan === plan) return user;
    throw new PermanentError('The address belongs to another account', {
      errorCode: 'USER_CONFLICT',
      errorCategory: 'conflict',
      context: { user_id: user.user_id, differs_in: user.name === name ? 'plan' : 'name' },
    });
  }
}

function newUserOf({ task }: Registration): NewUser {
  const { email, name, plan = 'free', phone, company, referral_code, source } = task.context.user_info;
  return {
    email: required(email, 'MISSING_EMAIL', 'user_info has no email'),
    name: required(name, 'MISSING_NAME', 'user_info has no name'),
    ...{ plan, phone, company, referral_code, source },
  };
}
