/** The context of a `user_registration`: the schema has filled in its defaults. */
export interface RegistrationContext {
  user_info: {
    email: string;
    name: string;
    phone?: string;
    plan?: Plan;
    referral_code?: string;
    company?: string;
    source?: 'web' | 'mobile' | 'api';
  };
  billing_info?: { payment_method?: string; billing_address?: Record<string, string> };
  preferences?: Partial<Preferences>;
  correlation_id?: string;
}

export type Plan = 'free' | 'pro' | 'enterprise';

export interface Preferences {
  marketing_emails: boolean;
  product_updates: boolean;
  newsletter: boolean;
}

/** What a user has who has said nothing. */
export const DEFAULT_PREFERENCES: Preferences = { marketing_emails: false, product_updates: false, newsletter: false };
