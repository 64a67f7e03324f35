import type { JsonObject } from 'nest-tasker';
import { TaskerTestingModule, type TaskerTesting, type TaskRun } from 'nest-tasker/testing';
import type { LocalService } from '../support/local-service.js';
import { until } from '../support/until.js';
import { BillingService } from './services/billing.service.js';
import { NotificationService } from './services/notification.service.js';
import { PreferencesService } from './services/preferences.service.js';
import { UserService } from './services/user.service.js';
import { UserRegistrationModule } from './user-registration.module.js';

const REGISTRATION = { namespace: 'blog_examples', name: 'user_registration', version: '1.0.0' };
const ONE_EACH = {
  create_user_account: 1,
  setup_billing_profile: 1,
  initialize_preferences: 1,
  send_welcome_sequence: 1,
  update_user_status: 1,
};

let tasker: TaskerTesting;
let users: UserService;
let billing: BillingService;
let preferences: PreferencesService;
let notifications: NotificationService;
let services: LocalService[];

beforeAll(async () => {
  tasker = await TaskerTestingModule.create({ imports: [UserRegistrationModule] });
  [users, billing] = [tasker.get(UserService), tasker.get(BillingService)];
  [preferences, notifications] = [tasker.get(PreferencesService), tasker.get(NotificationService)];
  notifications.clock = () => tasker.time.now().getTime();
  services = [users, billing, preferences, notifications];
});
afterAll(() => tasker?.close());
beforeEach(async () => {
  await tasker.cleanup();
  for (const service of services) service.reset();
});

const SARAH = { email: 'sarah@growthcorp.com', name: 'Sarah Johnson' };
const CARD = { payment_method: 'pm_visa' };

const registration = (user: object = {}, rest: JsonObject = {}) => ({
  ...REGISTRATION,
  context: { user_info: { ...SARAH, plan: 'pro', ...user }, billing_info: CARD, ...rest } as JsonObject,
});
/** Runs a registration to its end: Sarah's, of a pro plan, paid by card, but for what is given. */
const register = (user?: object, rest?: JsonObject) => tasker.runTask(registration(user, rest));

/** Every request that came in, of all services. */
const calls = () => services.flatMap((service) => service.calls());
const bodiesOf = (service: LocalService) => service.calls().map(({ body }) => body as JsonObject);
const errorOf = (task: TaskRun, step: string) => task.step(step).error;

describe('a registration that goes well', () => {
  it('of a pro plan completes five of five steps', async () => {
    const task = await register();

    expect(task).toMatchObject({ status: 'complete', completionPercentage: 100, attempts: ONE_EACH });
    expect(task.fullName).toBe('blog_examples.user_registration@1.0.0');
    expect(task.results('create_user_account')).toMatchObject({ email: SARAH.email, status: 'created' });
    expect(task.results('setup_billing_profile')).toMatchObject({ plan: 'pro', billing_status: 'active' });
    expect(task.results('initialize_preferences')).toMatchObject({ status: 'created' });
    expect(task.results('send_welcome_sequence')).toMatchObject({ plan: 'pro', emails_sent: 6 });
    expect(task.results('update_user_status')).toMatchObject({
      status: 'registration_complete',
      completed_steps: Object.keys(ONE_EACH),
      registration_complete: true,
    });
    expect(users.users).toMatchObject([{ ...SARAH, status: 'active' }]);
  });

  it('of an enterprise plan comes with a manager and a call', async () => {
    const task = await register({ plan: 'enterprise', company: 'GrowthCorp' });

    expect(task.status).toBe('complete');
    expect(notifications.sequences).toMatchObject([
      {
        features: ['advanced_analytics', 'priority_support', 'custom_integrations', 'dedicated_account_manager'],
        onboarding_steps: [
          ...['complete_profile', 'verify_email', 'tour_dashboard'],
          ...['schedule_onboarding_call', 'setup_sso', 'configure_integrations'],
        ],
      },
    ]);
  });

  it('of a free plan needs no payment method', async () => {
    const task = await register({ plan: undefined }, { billing_info: {} });

    expect(task.status).toBe('complete');
    expect(task.results('setup_billing_profile')).toMatchObject({ plan: 'free', billing_status: 'not_billed' });
    expect(notifications.sequences[0]!.onboarding_steps).toContain('upgrade_prompt');
  });
});

describe('a service that fails', () => {
  it('for a moment is tried again, and no other', async () => {
    users.fail('POST /users', { status: 503, times: 2 });
    const task = await register();

    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, create_user_account: 3 } });
    expect(task.step('create_user_account').attemptHistory!.map(({ outcome }) => outcome)).toEqual([
      ...['failed', 'failed', 'succeeded'],
    ]);
    expect(users.users).toHaveLength(1);
  });

  it('for long stops the registration, which goes on from there once it is mended', async () => {
    billing.fail('/profiles', { status: 500 });
    const stopped = await register();
    expect(stopped).toMatchObject({
      status: 'error',
      statuses: {
        setup_billing_profile: 'error',
        initialize_preferences: 'complete',
        send_welcome_sequence: 'pending',
      },
    });
    expect(stopped.step('setup_billing_profile')).toMatchObject({ attempts: 3, error: { errorCode: 'HTTP_500' } });

    billing.reset();
    await tasker.client.retryTask(stopped.taskId, { actor: 'ann', reason: 'Billing is back' });
    const repaired = await tasker.finished(stopped.taskId);
    expect(repaired).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, setup_billing_profile: 4 } });
    expect(users.calls('POST /users')).toHaveLength(1);
  });

  it('leaves the defaults where it is only about preferences', async () => {
    preferences.fail('/preferences', { status: 503 });
    const task = await register({}, { preferences: { newsletter: true } });

    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, initialize_preferences: 3 } });
    expect(task.results('initialize_preferences')).toMatchObject({
      status: 'degraded',
      preferences_id: null,
      preferences: { marketing_emails: false, newsletter: false, product_updates: false },
      service_response_time: null,
    });
  });

  it('defers the billing of those who pay nothing', async () => {
    billing.fail('/profiles', { status: 503 });
    const task = await register({ plan: 'free' });

    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, setup_billing_profile: 3 } });
    expect(task.results('setup_billing_profile')).toMatchObject({ status: 'degraded', billing_status: 'deferred' });
  });

  it('for everybody is left alone: steps wait for its circuit, say so, and go on when it is back', async () => {
    users.fail('POST /users', { status: 503, times: 5 });
    const requests = [1, 2, 3, 4, 5].map((n) => registration({ email: `user${n}@growthcorp.com` }));
    const answers = await Promise.all(requests.map((request) => tasker.client.createTask(created(request))));
    await tasker.events.next('observability.circuit.opened', { dependent_system: 'user_service' });

    // by then each would be tried again, if it were not for the circuit
    await tasker.time.advance('5s');
    const held = await tasker.look(answers[0]!.taskId);
    expect(held.step('create_user_account').waitingFor).toMatchObject({
      kind: 'circuit',
      detail: expect.stringContaining('The circuit of user_service is open: 5 attempts in a row failed'),
    });
    const tasks = await Promise.all(answers.map(({ taskId }) => tasker.finished(taskId)));
    expect(tasks.map(({ status }) => status)).toEqual(Array(5).fill('complete'));
    expect(tasks.map(({ attempts }) => attempts.create_user_account)).toEqual(Array(5).fill(2));
    const [first, second] = tasks[0]!.step('create_user_account').attemptHistory!;
    expect(second!.startedAt!.getTime() - first!.completedAt!.getTime()).toBeGreaterThanOrEqual(29_000);
  });

  it('to answer is given up at the timeout of the step, and asked again', async () => {
    users.delay('POST /users', { ms: 600_000, times: 1 });
    const { taskId } = await tasker.client.createTask(created(registration()));
    await until(() => users.calls('POST /users').length === 1);
    await tasker.time.advance('31s');
    const task = await tasker.finished(taskId);

    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, create_user_account: 2 } });
    const [first] = task.step('create_user_account').attemptHistory!;
    expect(first).toMatchObject({ outcome: 'timed_out', error: { retryable: true } });
  });

  it('after it has done its work does not do it twice', async () => {
    users.loseAnswer('POST /users', { times: 1 });
    const task = await register();

    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, create_user_account: 2 } });
    const keys = users.calls('POST /users').map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(users.users).toHaveLength(1);
  });
});

describe('a service that refuses', () => {
  it('more than ten welcomes a minute is asked again when the minute is over', async () => {
    const welcome = { user_id: 'u', email: 'e', plan: 'free', onboarding_steps: [] };
    for (let n = 0; n < 10; n++) {
      const body = JSON.stringify({ ...welcome, user_id: `u${n}` });
      await fetch(`${notifications.url}/welcome_sequences`, { method: 'POST', body });
    }
    const task = await register();

    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, send_welcome_sequence: 2 } });
    const [first, second] = task.step('send_welcome_sequence').attemptHistory!;
    expect(first!.error).toMatchObject({ errorCode: 'RATE_LIMITED', errorCategory: 'rate_limit' });
    expect(second!.startedAt!.getTime() - first!.completedAt!.getTime()).toBeGreaterThanOrEqual(60_000);
  });

  it('without saying for how long is asked again after a minute', async () => {
    billing.stub('POST /profiles', { status: 429, body: { code: 'rate_limited' }, times: 1 });
    const task = await register();
    const [first, second] = task.step('setup_billing_profile').attemptHistory!;
    expect(second!.startedAt!.getTime() - first!.completedAt!.getTime()).toBeGreaterThanOrEqual(60_000);
  });

  it('a paid plan without a payment method is asked once', async () => {
    const task = await register({}, { billing_info: {} });

    expect(task).toMatchObject({
      status: 'error',
      attempts: { ...ONE_EACH, send_welcome_sequence: 0, update_user_status: 0 },
    });
    expect(errorOf(task, 'setup_billing_profile')).toMatchObject({
      errorCode: 'PAYMENT_METHOD_REQUIRED',
      context: { service: 'registration_billing', status: 402, code: 'payment_method_required' },
    });
    expect(task.statuses.initialize_preferences).toBe('complete');
  });

  it('an account that is gone in the meantime ends the registration with USER_NOT_FOUND', async () => {
    notifications.delay('/welcome_sequences', { ms: 150 });
    const { taskId } = await tasker.client.createTask(created(registration()));
    await until(() => notifications.calls('/welcome_sequences').length === 1);
    await fetch(`${users.url}/users/${users.users[0]!.user_id}`, { method: 'DELETE' });
    const task = await tasker.finished(taskId);

    expect(task).toMatchObject({ status: 'error', attempts: { update_user_status: 1 } });
    expect(errorOf(task, 'update_user_status')).toMatchObject({
      errorCode: 'USER_NOT_FOUND',
      context: { status: 404 },
    });
  });

  it.each([
    [400, 'CLIENT_VALIDATION_ERROR'],
    [422, 'CLIENT_VALIDATION_ERROR'],
    [401, 'AUTH_ERROR'],
    [403, 'AUTH_ERROR'],
  ])('with %i ends the step at once with %s', async (status, errorCode) => {
    users.fail('POST /users', { status });
    const task = await register();
    expect(task).toMatchObject({ status: 'error', attempts: { create_user_account: 1 } });
    expect(errorOf(task, 'create_user_account')).toMatchObject({ errorCode, retryable: false });
  });
});

describe('four services together', () => {
  it('are called under one correlation id: the caller’s, else one that is made', async () => {
    await register({ email: 'caller@growthcorp.com' }, { correlation_id: 'from-the-website' });
    expect(new Set(calls().map(({ correlationId }) => correlationId))).toEqual(new Set(['from-the-website']));

    services.forEach((service) => service.reset());
    const task = await register();
    expect(task.correlationId).toMatch(/^reg_\d{10}_[0-9a-f]{8}$/);
    expect(task.context.correlation_id).toBe(task.correlationId);
    expect(calls()).toHaveLength(5);
    expect(new Set(calls().map(({ correlationId }) => correlationId))).toEqual(new Set([task.correlationId]));
  });

  it('make nothing twice for a registration that comes again', async () => {
    const first = await register();
    const second = await register();

    expect(second).toMatchObject({ status: 'complete', attempts: ONE_EACH });
    for (const step of [
      'create_user_account',
      'setup_billing_profile',
      'initialize_preferences',
      'send_welcome_sequence',
    ])
      expect(second.results(step)).toMatchObject({ status: 'already_exists' });
    const ids = (task: TaskRun) => [
      task.results<{ user_id: string }>('create_user_account').user_id,
      task.results<{ profile_id: string }>('setup_billing_profile').profile_id,
      task.results<{ preferences_id: string }>('initialize_preferences').preferences_id,
      task.results<{ sequence_id: string }>('send_welcome_sequence').sequence_id,
    ];
    expect(ids(second)).toEqual(ids(first));
    expect(
      [users.users, billing.profiles, preferences.stored, notifications.sequences].map(({ length }) => length),
    ).toEqual([1, 1, 1, 1]);
  });

  it('keep the address of one person from another', async () => {
    await register();
    const task = await register({ name: 'Somebody Else' });
    expect(errorOf(task, 'create_user_account')).toMatchObject({
      errorCode: 'USER_CONFLICT',
      context: { differs_in: 'name' },
    });
  });

  it('are called in parallel where neither needs the other, and in order where they do', async () => {
    billing.delay('/profiles', { ms: 200 });
    preferences.delay('/preferences', { ms: 200 });
    const task = await register();

    const span = (name: string) => {
      const { startedAt, completedAt } = task.step(name);
      return { from: startedAt!.getTime(), to: completedAt!.getTime() };
    };
    const [bill, prefer] = [span('setup_billing_profile'), span('initialize_preferences')];
    expect(Math.max(bill.from, prefer.from)).toBeLessThan(Math.min(bill.to, prefer.to));
    expect(span('create_user_account').to).toBeLessThanOrEqual(Math.min(bill.from, prefer.from));
    expect(span('send_welcome_sequence').from).toBeGreaterThanOrEqual(Math.max(bill.to, prefer.to));
    expect(span('update_user_status').from).toBeGreaterThanOrEqual(span('send_welcome_sequence').to);
  });

  it('get what the services before them have answered', async () => {
    await register({}, { preferences: { newsletter: true } });
    const { user_id } = users.users[0]!;

    expect(bodiesOf(billing)).toEqual([{ user_id, plan: 'pro', payment_method: 'pm_visa' }]);
    expect(bodiesOf(preferences)).toMatchObject([
      { user_id, preferences: { newsletter: true, product_updates: false } },
    ]);
    expect(bodiesOf(notifications)).toMatchObject([{ user_id, ...SARAH, plan: 'pro' }]);
    expect(users.calls('PATCH /users')).toMatchObject([{ path: `/users/${user_id}`, body: { status: 'active' } }]);
  });
});

describe('what is asked for', () => {
  it.each([
    ['no address', { email: 'sarah' }, 'context.user_info.email'],
    ['no name', { name: '' }, 'context.user_info.name'],
    ['an unknown plan', { plan: 'gold' }, 'context.user_info.plan'],
  ])('is refused with %s, before anything is called', async (_, user, path) => {
    await expect(register(user)).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [expect.objectContaining({ path })],
    });
    expect(calls()).toEqual([]);
  });

  it('must name a company for an enterprise plan', async () => {
    const refused = register({ plan: 'enterprise' });
    await expect(refused).rejects.toMatchObject({ code: 'context_invalid' });
    await expect(refused).rejects.toThrow('An enterprise registration names its company');
  });

  it('runs with the attempts and the order that the template gives each step', async () => {
    const { steps } = await register();
    expect(steps.map(({ name, retryLimit, dependsOn }) => [name, retryLimit, dependsOn])).toEqual([
      ['create_user_account', 3, []],
      ['setup_billing_profile', 3, ['create_user_account']],
      ['initialize_preferences', 3, ['create_user_account']],
      ['send_welcome_sequence', 5, ['setup_billing_profile', 'initialize_preferences']],
      ['update_user_status', 2, ['send_welcome_sequence']],
    ]);
  });
});

describe('what is told of a registration', () => {
  it('is how long the services took, and what running two of them at once has saved', async () => {
    billing.delay('/profiles', { ms: 120 });
    preferences.delay('/preferences', { ms: 120 });
    const { taskId } = await register();
    const told = (await annotated(taskId)).service_performance as unknown as Performance;

    expect(Object.keys(told.service_timings).sort()).toEqual(Object.keys(ONE_EACH).sort());
    expect(told.service_timings.setup_billing_profile).toBeGreaterThanOrEqual(115);
    expect(told.service_timings.create_user_account).toBeGreaterThan(0);
    expect(told.total_duration).toBeGreaterThanOrEqual(115);
    expect(told.parallel_execution_saved).toBeGreaterThan(0);
  });

  it('is what came of it, for which plan and from where; and an event for each call', async () => {
    preferences.fail('/preferences', { status: 503 });
    const task = await register({ plan: 'free', source: 'mobile' });

    expect(await annotated(task.taskId)).toMatchObject({
      registration_outcome: 'complete_with_defaults',
      plan_type: 'free',
      registration_source: 'mobile',
      correlation_id: task.correlationId,
    });
    const ofTask = { task_id: task.taskId };
    expect(tasker.events.of('blog_examples.service_call_started', ofTask)).toHaveLength(7);
    expect(tasker.events.of('blog_examples.service_call_completed', ofTask)).toHaveLength(4);
    expect(tasker.events.of('blog_examples.service_call_failed', ofTask)).toMatchObject(
      Array(3).fill({ service: 'registration_preferences', error_code: 'HTTP_503', retryable: true }),
    );
  });
});

interface Performance {
  service_timings: Record<string, number>;
  total_duration: number;
  parallel_execution_saved: number;
}

/** The request with what else the client asks for. */
const created = (request: ReturnType<typeof registration>) => ({
  ...request,
  initiator: 'website',
  reason: 'A user signs up',
  sourceSystem: 'website',
});

/** Annotations are written once the task has settled. */
async function annotated(taskId: string): Promise<JsonObject> {
  let annotations: JsonObject | null = null;
  await until(async () => (annotations = (await tasker.look(taskId)).annotations) !== null);
  return annotations!;
}
