import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { PermanentError, StepHandler, type StepContext } from '../../src/index.js';
import {
  failTimes,
  scenariosOf,
  succeedWith,
  TaskerTestingModule,
  type TaskerTesting,
} from '../../src/testing/index.js';

const YAML = `
name: payment_workflow
version: 1.0.0
schema:
  type: object
  required: [payment_amount]
  properties:
    payment_amount: { type: number }
    currency: { type: string }
error_handling:
  permanent_errors: [CardDeclinedError]
step_templates:
  - name: payment_processing
    handler_class: PaymentProcessing::StepHandler::ProcessPaymentHandler
    dependent_system: payment_gateway
    timeout_seconds: 30
    handler_config: { payment_gateway: stripe, capture: true }
  - name: send_confirmation
    handler_class: PaymentProcessing::StepHandler::ConfirmationHandler
    depends_on_step: payment_processing
testing:
  test_data:
    test_payment_amounts: [12.5, 100]
    test_currencies: [EUR, USD]
    note: any
  mock_services:
    payment_gateway: mock_stripe
  test_scenarios:
    - name: successful_payment
      description: All is well
      steps: [payment_processing, send_confirmation]
    - name: payment_failure
      expected_error: CardDeclinedError
    - name: timeout_recovery
      timeout_step: payment_processing
      retry_expected: true
    - name: too_little
      context: { payment_amount: none }
      expected_error: context_invalid
`;

@Injectable()
@StepHandler('ProcessPaymentHandler')
class ProcessPayment {
  process({ config, task }: StepContext<{ payment_amount: number }>) {
    if (task.context.payment_amount > 1_000) throw new PermanentError('declined', { errorCode: 'CardDeclinedError' });
    return { gateway: config.payment_gateway, capture: config.capture, amount: task.context.payment_amount };
  }
}

describe('scenarios', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-scenarios-'));
  const file = join(folder, 'payment_workflow.yaml');
  writeFileSync(file, YAML);
  afterAll(() => rmSync(folder, { recursive: true }));

  describe('of a template whose handlers are not there yet', () => {
    let tasker: TaskerTesting;
    beforeAll(async () => {
      tasker = await TaskerTestingModule.create();
    });
    afterAll(() => tasker.close());
    afterEach(() => tasker.cleanup());

    it.each(scenariosOf(file))('$title passes', async ({ template, scenario }) => {
      expect(await tasker.runScenario(template, scenario)).toMatchObject({ problems: [], passed: true });
    });

    it('are all played, and say what came of them', async () => {
      const reports = await tasker.runScenarios(file);
      expect(reports.map(({ scenario, passed }) => [scenario, passed])).toEqual([
        ['successful_payment', true],
        ['payment_failure', true],
        ['timeout_recovery', true],
        ['too_little', true],
      ]);
      expect(reports[0]).toMatchObject({ description: 'All is well', task: { status: 'complete' } });
      expect(reports[3]!.task).toBeNull();
    });

    it('take the first of the test data, and what a test lays over it', async () => {
      const { task } = await tasker.runScenario(file, 'successful_payment', { context: { currency: 'GBP' } });
      expect(task!.context).toEqual({ payment_amount: 12.5, currency: 'GBP', note: 'any' });
    });
  });

  describe('of an application', () => {
    let tasker: TaskerTesting;
    beforeAll(async () => {
      tasker = await TaskerTestingModule.create({
        templates: [file],
        providers: [ProcessPayment],
        mockHandlers: { send_confirmation: succeedWith({ sent: true }) },
      });
    });
    afterAll(() => tasker.close());
    afterEach(() => tasker.cleanup());
    const name = { name: 'payment_workflow' };

    it('run its own handlers, which find the stand-ins for services in their config', async () => {
      const { passed, task } = await tasker.runScenario(name, 'successful_payment');
      expect(passed).toBe(true);
      expect(task!.results('payment_processing')).toEqual({ gateway: 'mock_stripe', capture: true, amount: 12.5 });
      expect(tasker.mocks.get('send_confirmation').callCount).toBe(1);
    });

    it('fail where nothing fails as they expect', async () => {
      const report = await tasker.runScenario(name, 'payment_failure');
      expect(report).toMatchObject({
        passed: false,
        problems: ['"CardDeclinedError" must end the task, but it is complete'],
      });
      const context = { payment_amount: 5_000 };
      expect(await tasker.runScenario(name, 'payment_failure', { context })).toMatchObject({ passed: true });
    });

    it('tell what failed instead', async () => {
      const { problems } = await tasker.runScenario(name, 'successful_payment', { context: { payment_amount: 5_000 } });
      expect(problems).toEqual([
        'the task must be complete, but is error; payment_processing failed with PermanentError (CardDeclinedError): declined',
        'step "payment_processing" must be complete, but is error',
        'step "send_confirmation" must be complete, but is pending',
      ]);
    });

    it('have the steps of a system run by the mock that stands for it', async () => {
      const mock_stripe = failTimes(1).thenSucceedWith({ paid: true });
      const { task } = await tasker.runScenario(name, 'successful_payment', { mockHandlers: { mock_stripe } });
      expect(task!.results('payment_processing')).toEqual({ paid: true });
      expect(mock_stripe.callCount).toBe(2);
    });

    it('time a step out once, then let its handler run', async () => {
      const { passed, task } = await tasker.runScenario(name, 'timeout_recovery');
      expect(passed).toBe(true);
      const outcomes = task!.step('payment_processing').attemptHistory!.map(({ outcome }) => outcome);
      expect(outcomes).toEqual(['timed_out', 'succeeded']);
      expect(task!.results('payment_processing')).toMatchObject({ amount: 12.5 });
    });

    it('are named, or the nearest is', async () => {
      await expect(tasker.runScenario(name, 'succesful_payment')).rejects.toThrow('Did you mean "successful_payment"?');
      await expect(tasker.runScenario({ name: 'payment_workflw' }, 'x')).rejects.toThrow('Did you mean');
    });
  });

  it('are asked for in vain of a template that has none, and of one that is not sound', () => {
    const template = { name: 'none', step_templates: [{ name: 'a', handler_class: 'a' }] };
    expect(() => scenariosOf(template)).toThrow('none has no scenarios: give it some under testing.test_scenarios.');
    expect(() => scenariosOf({ ...template, step_templates: [] })).toThrow(/step_templates/);
  });
});
