import { RetryableError, StepHandler, type StepHandlerContract } from '../../src/index.js';
import { TaskerTestingModule, type TaskerTesting } from '../../src/testing/index.js';

let calls = 0;

/** The bank is back after its sixth call. */
@StepHandler('pay')
class PayHandler implements StepHandlerContract {
  readonly circuitBreaker = true;

  process(): string {
    calls++;
    if (calls <= 6) throw new RetryableError('the bank is down', { errorCategory: 'external_service' });
    return 'paid';
  }
}

describe('an open circuit in virtual time', () => {
  let tasker: TaskerTesting;

  beforeAll(async () => {
    tasker = await TaskerTestingModule.create({
      providers: [PayHandler],
      templates: [
        {
          name: 'payment',
          workflow_config: { execution_mode: 'sequential' },
          step_templates: ['first', 'second'].map((name) => ({
            name,
            handler_class: 'pay',
            dependent_system: 'bank',
            handler_config: { circuit_breaker: { failure_threshold: 5, reset_timeout_seconds: 100 } },
            default_retry_limit: 20,
          })),
        },
      ],
    });
  });
  afterAll(() => tasker.close());

  it('is waited for without waiting', async () => {
    const begun = Date.now();
    const task = await tasker.runTask({ name: 'payment' });
    expect(task.status).toBe('complete');
    expect(Date.now() - begun).toBeLessThan(10_000);
    // a hundred seconds until the first try, which failed, and two hundred until the second
    expect(task.completedAt!.getTime() - task.createdAt.getTime()).toBeGreaterThan(300_000);
    const events = tasker.events.of('observability.circuit.opened');
    expect(events.map(({ failures, reset_seconds }) => [failures, reset_seconds])).toEqual([
      [5, 100],
      [6, 200],
    ]);
    expect(tasker.events.of('observability.circuit.closed')).toHaveLength(1);
  });
});
