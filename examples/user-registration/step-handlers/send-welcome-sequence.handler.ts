import { StepHandler, type ApiRequest } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import { onboardingOf, PLAN_FEATURES } from '../plans.js';
import type { Plan } from '../registration-context.js';
import {
  NotificationService,
  type NewWelcomeSequence,
  type WelcomeSequence,
} from '../services/notification.service.js';
import { accountOf } from './ancestors.js';
import { ApiBaseHandler, type Made, type Registration } from './api-base.handler.js';
import type { BillingResult } from './setup-billing-profile.handler.js';

export interface WelcomeResult {
  sequence_id: string;
  emails_sent: number;
  email_ids: string[];
  plan: Plan;
  status: Made;
}

/** Welcomes the user to the plan that is billed, with what it comes with and what there is to do. */
@StepHandler('user_registration.send_welcome_sequence')
export class SendWelcomeSequenceHandler extends ApiBaseHandler<WelcomeSequence, WelcomeResult> {
  constructor(protected readonly service: NotificationService) {
    super();
  }

  protected override request(context: Registration, configured: ApiRequest): ApiRequest {
    return { ...configured, method: 'POST', body: sequenceOf(context) };
  }

  protected override resultOf(sequence: WelcomeSequence, _context: Registration, status: Made): WelcomeResult {
    const { email_ids = [], plan } = sequence ?? {};
    return {
      sequence_id: required(
        sequence?.sequence_id,
        'MISSING_SEQUENCE_ID_IN_RESPONSE',
        'The notification service has answered no sequence_id',
      ),
      emails_sent: email_ids.length,
      email_ids,
      plan,
      status,
    };
  }

  protected override existing(context: Registration): Promise<WelcomeSequence> {
    return this.ask(context, { segments: [accountOf(context).user_id] });
  }
}

function sequenceOf(context: Registration): NewWelcomeSequence {
  const { user_id, email } = accountOf(context);
  const { sequence, task } = context;
  const billing = sequence.results<BillingResult | null>('setup_billing_profile');
  const plan = required(billing?.plan, 'MISSING_BILLING_PLAN', 'setup_billing_profile has left no plan');
  required(
    sequence.results<object | null>('initialize_preferences'),
    'MISSING_PREFERENCES_DATA',
    'initialize_preferences has left nothing',
  );
  const { name } = task.context.user_info;
  return { user_id, email, name, plan, features: PLAN_FEATURES[plan], onboarding_steps: onboardingOf(plan) };
}
