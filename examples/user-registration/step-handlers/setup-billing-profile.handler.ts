import { StepHandler, type ApiRequest } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import type { Plan } from '../registration-context.js';
import { BillingService, type BillingProfile } from '../services/billing.service.js';
import { accountOf } from './ancestors.js';
import { ApiBaseHandler, type Made, type Registration } from './api-base.handler.js';

export interface BillingResult {
  /** Null where the profile is yet to be created. */
  profile_id: string | null;
  plan: Plan;
  billing_status: BillingProfile['billing_status'] | 'deferred';
  status: Made | 'degraded';
}

/** Creates the billing profile. Who pays nothing can do without one for a while. */
@StepHandler('user_registration.setup_billing_profile')
export class SetupBillingProfileHandler extends ApiBaseHandler<BillingProfile, BillingResult> {
  constructor(protected readonly service: BillingService) {
    super();
  }

  protected override request(context: Registration, configured: ApiRequest): ApiRequest {
    const { user_id, plan } = accountOf(context);
    const { payment_method, billing_address } = context.task.context.billing_info ?? {};
    return { ...configured, method: 'POST', body: { user_id, plan, payment_method, billing_address } };
  }

  protected override resultOf(profile: BillingProfile, _context: Registration, status: Made): BillingResult {
    return {
      profile_id: required(
        profile?.profile_id,
        'MISSING_PROFILE_ID_IN_RESPONSE',
        'The billing service has answered no profile_id',
      ),
      plan: required(profile.plan, 'MISSING_PLAN_IN_RESPONSE', 'The billing service has answered no plan'),
      billing_status: profile.billing_status,
      status,
    };
  }

  protected override existing(context: Registration): Promise<BillingProfile> {
    return this.ask(context, { segments: [accountOf(context).user_id] });
  }

  protected override withoutService(context: Registration): BillingResult | null {
    const { plan } = accountOf(context);
    return plan === 'free' ? { profile_id: null, plan, billing_status: 'deferred', status: 'degraded' } : null;
  }
}
