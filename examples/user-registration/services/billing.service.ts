import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';
import type { Plan } from '../registration-context.js';

/** What `POST /profiles` takes. */
export interface NewBillingProfile {
  user_id: string;
  plan: Plan;
  payment_method?: string;
  billing_address?: Record<string, string>;
}

export interface BillingProfile extends NewBillingProfile {
  profile_id: string;
  billing_status: 'active' | 'not_billed';
}

/** Keeps a billing profile for each user. A plan that costs something needs a payment method: 402. */
@Injectable()
export class BillingService extends LocalService {
  readonly profiles: BillingProfile[] = [];

  protected readonly routes: Routes = {
    'POST /profiles': (request) => this.create(request),
    'GET /profiles/:user': ({ params }) => {
      const profile = this.profiles.find(({ user_id }) => user_id === params.user);
      return profile
        ? { status: 200, body: profile }
        : { status: 404, body: { code: 'profile_not_found', message: `User ${params.user} has no profile` } };
    },
  };

  constructor() {
    super('registration_billing');
  }

  protected clear(): void {
    this.profiles.length = 0;
  }

  private create(request: ServiceRequest): ServiceAnswer {
    const { user_id, plan, ...rest } = (request.body ?? {}) as Partial<NewBillingProfile>;
    if (!user_id || !plan) {
      return { status: 400, body: { code: 'missing_field', message: 'A profile has user_id and plan' } };
    }
    if (plan !== 'free' && !rest.payment_method) {
      return { status: 402, body: { code: 'payment_method_required', message: `Plan ${plan} is not free` } };
    }
    return this.once(request, () => {
      if (this.profiles.some((profile) => profile.user_id === user_id)) {
        return { status: 409, body: { code: 'profile_exists', message: `User ${user_id} has a profile` } };
      }
      const profile: BillingProfile = {
        profile_id: `bill_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
        user_id,
        plan,
        ...rest,
        billing_status: plan === 'free' ? 'not_billed' : 'active',
      };
      this.profiles.push(profile);
      return { status: 201, body: profile };
    });
  }
}
