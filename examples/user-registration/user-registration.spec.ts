import { Logger } from '@nestjs/common';
import type { Json, JsonObject } from 'nest-tasker';
import { runStep, type LoneHandler, type PublishedEvent, type RunStepOptions } from 'nest-tasker/testing';
import type { LocalService } from '../support/local-service.js';
import { BillingService } from './services/billing.service.js';
import { NotificationService } from './services/notification.service.js';
import { PreferencesService } from './services/preferences.service.js';
import { UserService } from './services/user.service.js';
import { CreateUserAccountHandler } from './step-handlers/create-user-account.handler.js';
import { InitializePreferencesHandler } from './step-handlers/initialize-preferences.handler.js';
import { SendWelcomeSequenceHandler } from './step-handlers/send-welcome-sequence.handler.js';
import { SetupBillingProfileHandler } from './step-handlers/setup-billing-profile.handler.js';
import { UpdateUserStatusHandler } from './step-handlers/update-user-status.handler.js';

const services = {
  users: new UserService(),
  billing: new BillingService(),
  preferences: new PreferencesService(),
  notifications: new NotificationService(),
};
const all: LocalService[] = Object.values(services);

Logger.overrideLogger(false);
beforeAll(() => Promise.all(all.map((service) => service.onModuleInit())));
afterAll(() => Promise.all(all.map((service) => service.onApplicationShutdown())));
beforeEach(() => all.forEach((service) => service.reset()));

const ACCOUNT = { user_id: 'user_1', email: 'sarah@growthcorp.com', plan: 'pro' };
const RESULTS: Record<string, Json> = {
  create_user_account: ACCOUNT,
  setup_billing_profile: { profile_id: 'bill_1', plan: 'pro' },
  initialize_preferences: { preferences_id: 'pref_1', preferences: {} },
  send_welcome_sequence: { sequence_id: 'seq_1' },
};
const STEPS = {
  create: { handler: new CreateUserAccountHandler(services.users), url: '/users' },
  bill: { handler: new SetupBillingProfileHandler(services.billing), url: '/profiles' },
  prefer: { handler: new InitializePreferencesHandler(services.preferences), url: '/preferences' },
  welcome: { handler: new SendWelcomeSequenceHandler(services.notifications), url: '/welcome_sequences' },
  open: { handler: new UpdateUserStatusHandler(services.users), url: '/users' },
} satisfies Record<string, { handler: LoneHandler; url: string }>;

function run(
  name: keyof typeof STEPS,
  { user = {}, results = {}, ...options }: RunStepOptions & { user?: object; results?: Record<string, Json> } = {},
): Promise<object> {
  const { handler, url } = STEPS[name];
  const context = { user_info: { email: ACCOUNT.email, name: 'Sarah Johnson', plan: 'pro', ...user } };
  return runStep(handler as LoneHandler, {
    context: context as unknown as JsonObject,
    config: { url },
    results: { ...RESULTS, ...results },
    ...options,
  }) as Promise<object>;
}

describe('a step', () => {
  it.each([
    ['create', { user: { email: '' } }, 'MISSING_EMAIL'],
    ['create', { user: { name: undefined } }, 'MISSING_NAME'],
    ['bill', { results: { create_user_account: null } }, 'MISSING_USER_ID'],
    ['prefer', { results: { create_user_account: {} } }, 'MISSING_USER_ID'],
    ['welcome', { results: { setup_billing_profile: null } }, 'MISSING_BILLING_PLAN'],
    ['welcome', { results: { initialize_preferences: null } }, 'MISSING_PREFERENCES_DATA'],
    ['open', { results: { create_user_account: null } }, 'MISSING_USER_ID'],
  ] as const)('%s does not call its service with %j', async (name, options, errorCode) => {
    await expect(run(name, options)).rejects.toMatchObject({ retryable: false, errorCode });
    expect(all.flatMap((service) => service.calls())).toEqual([]);
  });

  it.each([
    ['create', services.users, {}, 'MISSING_USER_ID_IN_RESPONSE'],
    ['create', services.users, { user_id: 'user_1' }, 'MISSING_EMAIL_IN_RESPONSE'],
    ['bill', services.billing, { plan: 'pro' }, 'MISSING_PROFILE_ID_IN_RESPONSE'],
    ['bill', services.billing, { profile_id: 'bill_1' }, 'MISSING_PLAN_IN_RESPONSE'],
    ['prefer', services.preferences, { preferences: {} }, 'MISSING_PREFERENCES_ID'],
    ['prefer', services.preferences, { preferences_id: 'pref_1' }, 'MISSING_PREFERENCES_DATA'],
    ['welcome', services.notifications, {}, 'MISSING_SEQUENCE_ID_IN_RESPONSE'],
    ['open', services.users, {}, 'MISSING_STATUS_IN_RESPONSE'],
  ] as const)(
    '%s does not believe its service an answer without what it needs',
    async (name, service, body, errorCode) => {
      service.stub('/', { status: 200, body });
      await expect(run(name)).rejects.toMatchObject({ retryable: false, errorCode });
    },
  );

  it('does without a service at its last attempt only, and not where it is refused', async () => {
    services.preferences.fail('/', { status: 503 });
    await expect(run('prefer', { attempt: 2 })).rejects.toMatchObject({ retryable: true, errorCode: 'HTTP_503' });
    await expect(run('prefer', { attempt: 3 })).resolves.toMatchObject({ status: 'degraded' });

    services.preferences.reset();
    services.preferences.fail('/', { status: 403 });
    await expect(run('prefer', { attempt: 3 })).rejects.toMatchObject({ retryable: false, errorCode: 'AUTH_ERROR' });
  });

  it('tries again where the account that was in its way is gone', async () => {
    services.users.fail('POST /users', { status: 409 });
    await expect(run('create')).rejects.toMatchObject({ retryable: true, errorCode: 'USER_GONE' });
  });

  it('publishes what became of its call', async () => {
    const published: PublishedEvent[] = [];
    services.users.rateLimit('/users', { retryAfter: 5, times: 1 });
    await expect(run('create', { published })).rejects.toMatchObject({ errorCode: 'RATE_LIMITED', retryAfter: '5' });
    await run('create', { published });

    const service = 'registration_users';
    expect(published).toEqual([
      { event: 'service_call_started', payload: { service } },
      { event: 'service_call_failed', payload: { service, error_code: 'RATE_LIMITED', retryable: true } },
      { event: 'service_call_started', payload: { service } },
      { event: 'service_call_completed', payload: { service, response_time_ms: expect.any(Number) } },
    ]);
  });
});
