import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { JsonObject } from 'nest-tasker';
import { TaskerTesting, TaskerTestingModule, type TaskRun } from 'nest-tasker/testing';
import type { LocalService } from '../support/local-service.js';
import { until } from '../support/until.js';
import { ManagerApprovals } from './customer-success/services/manager-approvals.service.js';
import { RefundPolicyService } from './customer-success/services/refund-policy.service.js';
import { TicketDesk } from './customer-success/services/ticket-desk.service.js';
import type { DelegationResult } from './customer-success/step-handlers/execute-refund-workflow.handler.js';
import { PaymentLedger } from './payments/services/payment-ledger.service.js';
import { RefundGateway } from './payments/services/refund-gateway.service.js';
import { RefundNotifications } from './payments/services/refund-notifications.service.js';
import { ProcessRefundModule } from './process-refund.module.js';

let app: INestApplication;
let tasker: TaskerTesting;
let gateway: RefundGateway;
let ledger: PaymentLedger;
let notifications: RefundNotifications;
let tickets: TicketDesk;
let policy: RefundPolicyService;
let approvals: ManagerApprovals;
let services: LocalService[];

/** Customer success calls the payments team over HTTP, so that this is a server. */
beforeAll(async () => {
  const imports = [TaskerTestingModule.forRoot({ http: { prefix: 'tasker' } }), ProcessRefundModule];
  const module = await Test.createTestingModule({ imports }).compile();
  app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  tasker = app.get(TaskerTesting);
  [gateway, ledger, notifications] = [
    tasker.get(RefundGateway),
    tasker.get(PaymentLedger),
    tasker.get(RefundNotifications),
  ];
  [tickets, policy, approvals] = [
    tasker.get(TicketDesk),
    tasker.get(RefundPolicyService),
    tasker.get(ManagerApprovals),
  ];
  services = [gateway, ledger, notifications, tickets, policy, approvals];
});
afterAll(() => app?.close());
beforeEach(async () => {
  await tasker.cleanup();
  for (const service of services) service.reset();
  approvals.clock = () => tasker.time.now().getTime();
});

const REFUND = { namespace: 'payments', name: 'process_refund' };
const TICKET = { namespace: 'customer_success', name: 'process_refund' };

/** Runs the payments team's workflow: all of pay_1001, but for what is given. */
const refund = (context: JsonObject = {}) =>
  tasker.runTask({ ...REFUND, context: { payment_id: 'pay_1001', refund_amount: 12_000, ...context } });

/** What customer success asks for: 15.00 of ticket 1001, which no manager has to approve, but for what is given. */
const requestOf = (context: JsonObject = {}) => ({
  ...TICKET,
  context: { ticket_id: 'TICKET-1001', customer_id: 'cust_1001', refund_amount: 1_500, ...context },
  initiator: 'agent',
  reason: 'A customer wants money back',
  sourceSystem: 'helpdesk',
});
const ask = (context?: JsonObject) => tasker.runTask(requestOf(context));

const delegationOf = (task: TaskRun) => task.results<DelegationResult>('execute_refund_workflow');
/** Tasks of the payments team. */
const delegated = async () => (await tasker.client.listTasks({ ...REFUND })).tasks;

/** What a manager does: decides on the one approval that is asked for. */
async function decide(decision: 'approved' | 'denied', note?: string): Promise<void> {
  const [approval] = approvals.approvals;
  const answer = await fetch(`${approvals.url}/approvals/${approval!.approval_id}/decision`, {
    method: 'POST',
    body: JSON.stringify({ decision, manager: 'dora', note }),
  });
  expect(answer.status).toBe(200);
}

describe('payments.process_refund', () => {
  it('gives the money back, writes it down and tells the customer, in four steps', async () => {
    const task = await refund();

    expect(task).toMatchObject({ status: 'complete', fullName: 'payments.process_refund@2.1.0' });
    expect(task.steps.map(({ name, attempts, retryLimit }) => [name, attempts, retryLimit])).toEqual([
      ['validate_payment_eligibility', 1, 3],
      ['process_gateway_refund', 1, 2],
      ['update_payment_records', 1, 3],
      ['notify_customer', 1, 5],
    ]);
    expect(task.results('process_gateway_refund')).toMatchObject({ refund_amount: 12_000, refund_status: 'processed' });
    expect(task.results('update_payment_records')).toMatchObject({ payment_status: 'refunded' });
    expect(gateway.payments.get('pay_1001')).toMatchObject({ amount: 12_000, refunded: 12_000 });
    expect(notifications.sent).toMatchObject([
      { type: 'refund_confirmation', recipient: 'buyer.pay_1001@example.org', variables: { refund_amount: 12_000 } },
    ]);
  });

  it('gives a part of it back where that is what is asked for', async () => {
    const task = await refund({ refund_amount: 5_000, partial_refund: true });
    expect(task.status).toBe('complete');
    expect(task.results('update_payment_records')).toMatchObject({ payment_status: 'partially_refunded' });
  });

  it.each([
    [{ payment_id: 'pay_9999' }, 'PAYMENT_NOT_FOUND'],
    [{ payment_id: 'pay_3001', refund_amount: 5_000 }, 'PAYMENT_INELIGIBLE'],
    [{ payment_id: 'pay_4001', refund_amount: 5_000 }, 'INSUFFICIENT_FUNDS'],
    [{ refund_amount: 12_001 }, 'REFUND_EXCEEDS_PAYMENT'],
    [{ refund_amount: 11_999 }, 'PARTIAL_REFUND_NOT_REQUESTED'],
  ])('refuses %j at once with %s', async (context, errorCode) => {
    const task = await refund(context);
    expect(task).toMatchObject({ status: 'error', attempts: { validate_payment_eligibility: 1 } });
    expect(task.step('validate_payment_eligibility').error).toMatchObject({ errorCode, retryable: false });
    expect(gateway.refunds).toEqual([]);
  });

  it.each([
    ['pay_2001', 'PAYMENT_PROCESSING'],
    ['pay_2002', 'PAYMENT_PENDING'],
  ])('waits for %s, which is on its way: %s', async (payment_id, errorCode) => {
    const { taskId } = await tasker.client.createTask({
      ...requestOf(),
      ...REFUND,
      context: { payment_id, refund_amount: 5_000 },
    });
    const waiting = await tasker.events.next('step.retry_scheduled', { task_id: taskId });
    expect(waiting).toMatchObject({ error_code: errorCode });
    gateway.payments.get(payment_id)!.standing = 'eligible';
    expect(await tasker.finished(taskId)).toMatchObject({
      status: 'complete',
      attempts: { validate_payment_eligibility: 2 },
    });
  });

  it.each([
    [
      'the payment is given back already',
      { status: 'failed', failure_reason: 'already_refunded' },
      1,
      'GATEWAY_REFUND_FAILED',
    ],
    ['the gateway cannot say yet', { status: 'pending' }, 2, 'GATEWAY_REFUND_PENDING'],
    ['the gateway says what nobody knows', { status: 'odd' }, 2, 'GATEWAY_REFUND_UNKNOWN'],
  ])('stops where %s', async (_, body, attempts, errorCode) => {
    gateway.stub('POST /refunds', { status: 200, body: { payment_id: 'pay_1001', ...body } });
    const task = await refund();
    expect(task).toMatchObject({ status: 'error', attempts: { process_gateway_refund: attempts } });
    expect(task.step('process_gateway_refund').error).toMatchObject({ errorCode });
  });

  it('gives nothing back twice though the answer of the gateway is lost', async () => {
    gateway.loseAnswer('POST /refunds', { times: 1 });
    const task = await refund();
    expect(task).toMatchObject({ status: 'complete', attempts: { process_gateway_refund: 2 } });
    expect(gateway.refunds).toHaveLength(1);
  });

  it.each([
    ['payment_id', { payment_id: 'card_1' }],
    ['refund_amount', { refund_amount: 0 }],
    ['refund_reason', { refund_reason: 'boredom' }],
  ])('is not begun with a wrong %s', async (field, context) => {
    await expect(refund(context)).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [expect.objectContaining({ path: `context.${field}` })],
    });
  });
});

describe('customer_success.process_refund', () => {
  it('has the payments team give the money back, and closes the ticket, in five steps', async () => {
    const task = await ask({ agent_notes: 'Broken on arrival' });

    expect(task).toMatchObject({ status: 'complete', fullName: 'customer_success.process_refund@1.3.0' });
    expect(Object.values(task.statuses)).toEqual(Array(5).fill('complete'));
    expect(delegationOf(task)).toMatchObject({ task_delegated: true, delegated_to: 'payments.process_refund@2.1.0' });
    expect(gateway.payments.get('pay_1001')).toMatchObject({ refunded: 1_500 });
    expect(tickets.tickets.get('TICKET-1001')).toMatchObject({
      status: 'resolved',
      resolution: {
        resolution_type: 'automated_refund',
        refund_task_id: delegationOf(task).delegated_task_id,
        internal_notes: { agent_notes: 'Broken on arrival' },
        customer_message: expect.stringContaining('15.00'),
      },
    });
  });

  it('asks the other team once, waits for its task, and is as far as that is', async () => {
    notifications.delay('/notifications', { ms: 150 });
    const task = await ask();

    const attempts = task.step('execute_refund_workflow').attemptHistory!;
    expect(attempts.length).toBeGreaterThan(1);
    expect(attempts[0]!.error).toMatchObject({ errorCode: 'DELEGATED_REFUND_RUNNING', retryable: true });
    expect((await delegated()).map(({ taskId }) => taskId)).toEqual([delegationOf(task).delegated_task_id]);
    const child = await tasker.look(delegationOf(task).delegated_task_id);
    expect(task.step('execute_refund_workflow').completedAt!.getTime()).toBeGreaterThanOrEqual(
      child.completedAt!.getTime(),
    );
  });

  it('carries one correlation id through both teams', async () => {
    const task = await ask();
    const child = await tasker.look(delegationOf(task).delegated_task_id);

    expect(task.correlationId).toMatch(/^cs-[0-9a-f]{16}$/);
    expect(child.correlationId).toBe(task.correlationId);
    expect(child).toMatchObject({
      initiator: 'customer_success',
      tags: ['refund', 'cross_team'],
      context: { initiated_by: 'customer_success', ticket_id: 'TICKET-1001', correlation_id: task.correlationId },
    });
    const ids = services.flatMap((service) => service.calls()).map(({ correlationId }) => correlationId);
    expect(new Set(ids)).toEqual(new Set([task.correlationId]));
  });

  it('tells the payments team one of the reasons that it knows', async () => {
    await ask({ refund_reason: 'It does not fit' });
    await ask({ ticket_id: 'TICKET-1002', customer_id: 'cust_1002', refund_reason: 'system_error' });
    const reasons = (await delegated()).map(({ context }) => context.refund_reason);
    expect(reasons.sort()).toEqual(['customer_request', 'system_error']);
  });

  it('stops where the other team’s task fails, and goes on once that is repaired', async () => {
    gateway.fail('POST /refunds', { status: 400 });
    const stopped = await ask();
    const failure = stopped.step('execute_refund_workflow').error!;
    const child = failure.context.delegated_task_id as string;
    expect(stopped.status).toBe('error');
    expect(failure).toMatchObject({
      errorCode: 'DELEGATED_REFUND_FAILED',
      context: { delegated_task_status: 'error' },
    });
    expect(tickets.tickets.get('TICKET-1001')!.status).toBe('open');

    gateway.reset();
    for (const taskId of [child, stopped.taskId]) {
      await tasker.client.retryTask(taskId, { actor: 'ann', reason: 'The gateway takes refunds again' });
      expect((await tasker.finished(taskId)).status).toBe('complete');
    }
    expect(gateway.refunds).toHaveLength(1);
    expect(await delegated()).toHaveLength(1);
  });

  it.each([
    ['TICKET-2001', 'cust_2001', 'TICKET_CLOSED'],
    ['TICKET-2002', 'cust_2002', 'TICKET_CANCELLED'],
    ['TICKET-2003', 'cust_2003', 'TICKET_DUPLICATE'],
    ['TICKET-9999', 'cust_9999', 'TICKET_NOT_FOUND'],
    ['TICKET-1001', 'cust_1002', 'CUSTOMER_MISMATCH'],
  ])('refuses %s of %s at once with %s', async (ticket_id, customer_id, errorCode) => {
    const task = await ask({ ticket_id, customer_id });
    expect(task).toMatchObject({ status: 'error', attempts: { validate_refund_request: 1 } });
    expect(task.step('validate_refund_request').error).toMatchObject({ errorCode });
    expect(await delegated()).toEqual([]);
  });

  it('does not give back what the policy denies', async () => {
    const task = await ask({ refund_amount: 100_001 });
    expect(task.step('check_refund_policy')).toMatchObject({ attempts: 1, error: { errorCode: 'POLICY_DENIED' } });
  });

  it('asks the policy twice where it wants to be reviewed', async () => {
    policy.stub('/evaluations', { status: 200, body: { decision: 'requires_review', reason: 'New rules' } });
    const task = await ask();
    expect(task.step('check_refund_policy')).toMatchObject({
      attempts: 2,
      error: { errorCode: 'POLICY_REVIEW_REQUIRED' },
    });
  });
});

describe('the approval of a manager', () => {
  it.each([
    ['is not asked for where the refund is small', { refund_amount: 2_000 }],
    ['is not asked for where the agent may decide alone', { refund_amount: 12_000, requires_approval: false }],
  ])('%s', async (_, context) => {
    const task = await ask(context);
    expect(task.status).toBe('complete');
    expect(task.results('get_manager_approval')).toMatchObject({ auto_approved: true, approval_id: null });
    expect(approvals.calls()).toEqual([]);
  });

  it('is waited for, for hours, without a worker being busy with it', async () => {
    const { taskId } = await tasker.client.createTask(requestOf({ refund_amount: 12_000 }));
    const waiting = await tasker.events.next('step.retry_scheduled', { task_id: taskId });
    expect(waiting).toMatchObject({ step_name: 'get_manager_approval', error_code: 'APPROVAL_PENDING' });

    await tasker.time.advance('2h');
    const asked = await tasker.look(taskId);
    expect(asked).toMatchObject({ status: 'in_progress', executionStatus: 'waiting_for_retry' });
    expect(asked.attempts.get_manager_approval).toBeGreaterThanOrEqual(8);
    await decide('approved', 'Fine by me');
    const task = await tasker.finished(taskId);

    expect(task.status).toBe('complete');
    expect(task.results('get_manager_approval')).toMatchObject({
      auto_approved: false,
      approved_by: 'dora',
      note: 'Fine by me',
    });
    expect(approvals.approvals).toHaveLength(1);
    expect(task.completedAt!.getTime() - task.createdAt.getTime()).toBeGreaterThan(2 * 3_600_000);
  });

  it('is wanted for a large refund though the agent would decide alone; a denial is the end', async () => {
    const context = {
      ticket_id: 'TICKET-1003',
      customer_id: 'cust_1003',
      refund_amount: 60_000,
      requires_approval: false,
    };
    const { taskId } = await tasker.client.createTask(requestOf(context));
    await until(() => approvals.approvals.length === 1);
    await decide('denied', 'Too much');
    const task = await tasker.finished(taskId);

    expect(task.status).toBe('error');
    expect(task.step('get_manager_approval').error).toMatchObject({
      message: 'dora has denied the refund: Too much',
      errorCode: 'APPROVAL_DENIED',
    });
    expect(await delegated()).toEqual([]);
  });

  it('that nobody gives in three days expires', async () => {
    const { taskId } = await tasker.client.createTask(requestOf({ refund_amount: 12_000 }));
    await tasker.events.next('step.retry_scheduled', { task_id: taskId });
    approvals.clock = () => tasker.time.now().getTime() + 3 * 86_400_000;
    const task = await tasker.finished(taskId);
    expect(task.step('get_manager_approval').error).toMatchObject({ errorCode: 'APPROVAL_EXPIRED', retryable: false });
  });
});

describe('two teams', () => {
  it('have a template of the same name each, and their own versions', async () => {
    const answer = await fetch(`${await app.getUrl()}/tasker/handlers/customer_success/process_refund`);
    expect(await answer.json()).toMatchObject({ version: '1.3.0' });
    await expect(tasker.runTask({ ...TICKET, version: '2.1.0' })).rejects.toMatchObject({ code: 'template_not_found' });
    await expect(tasker.runTask({ name: 'process_refund' })).rejects.toThrow(/namespace/);
  });
});
