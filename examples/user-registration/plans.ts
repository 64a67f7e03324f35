import type { Plan } from './registration-context.js';

/** What each plan comes with. */
export const PLAN_FEATURES: Record<Plan, readonly string[]> = {
  enterprise: ['advanced_analytics', 'priority_support', 'custom_integrations', 'dedicated_account_manager'],
  pro: ['analytics', 'priority_support', 'integrations'],
  free: ['basic_features', 'community_support'],
};

const FOR_EVERYBODY = ['complete_profile', 'verify_email', 'tour_dashboard'];
const FOR_PLAN: Record<Plan, readonly string[]> = {
  enterprise: ['schedule_onboarding_call', 'setup_sso', 'configure_integrations'],
  pro: ['setup_integrations', 'configure_analytics'],
  free: ['upgrade_prompt'],
};

/** What a new user of a plan is asked to do, in its order. */
export const onboardingOf = (plan: Plan): string[] => [...FOR_EVERYBODY, ...FOR_PLAN[plan]];
