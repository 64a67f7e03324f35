import { PermanentError } from '../core/errors.js';
import { StepTimeoutError } from '../orchestration/failure-policy.js';
import { StepHandler } from '../registry/step-handler.decorator.js';
import type { Sequence, StepContext } from '../registry/step-handler.js';
import type { MeasuredValue, PublishedEvent } from './run-step-options.js';
import { runStep } from './run-step.js';
import { untilAborted } from './time/idle-attempts.js';

class Total {
  process({ task, sequence, config }: StepContext<{ items: number }>): { total: number } {
    const { price } = sequence.results<{ price: number }>('fetch_price');
    if (task.context.items < 1) throw new PermanentError('nothing to add up');
    return { total: task.context.items * price * Number(config.factor ?? 1) };
  }
}

@StepHandler({
  name: 'charge',
  dependentSystem: 'payment_gateway',
  configSchema: {
    type: 'object',
    required: ['gateway'],
    properties: { gateway: { type: 'string' }, retries: { type: 'integer', default: 2 } },
  },
})
class Charge {
  process({ config, step }: StepContext) {
    return { ...config, system: step.dependentSystem };
  }
}

describe('runStep', () => {
  it('gives the handler its context, its config and the results of its ancestors', async () => {
    const options = { context: { items: 3 }, config: { factor: 2 }, results: { fetch_price: { price: 5 } } };
    await expect(runStep(new Total(), options)).resolves.toEqual({ total: 30 });
  });

  it('passes on what the handler throws', async () => {
    const options = { context: { items: 0 }, results: { fetch_price: { price: 5 } } };
    await expect(runStep(new Total(), options)).rejects.toThrow(PermanentError);
  });

  it('says which results are missing', async () => {
    await expect(runStep(new Total(), { context: { items: 1 } })).rejects.toThrow('no results of a step "fetch_price"');
  });

  it('returns what processResults makes of the output', async () => {
    const handler = { process: () => 1, processResults: (_step: unknown, output: number) => ({ doubled: output * 2 }) };
    await expect(runStep(handler)).resolves.toEqual({ doubled: 2 });
  });

  it('returns the result as it is stored, and refuses one that cannot be', async () => {
    const at = new Date(0);
    await expect(runStep({ process: () => ({ at, nothing: undefined }) })).resolves.toEqual({
      at: '1970-01-01T00:00:00.000Z',
    });
    await expect(runStep({ process: () => undefined })).resolves.toBeNull();
    await expect(runStep({ process: () => ({ count: 1n }) })).rejects.toMatchObject({ errorCode: 'RESULT_NOT_JSON' });
  });

  it('completes the config by its schema, with what the environment has for its placeholders', async () => {
    const options = { config: { gateway: '${GATEWAY}' }, env: { GATEWAY: 'stripe' } };
    await expect(runStep(new Charge(), options)).resolves.toEqual({
      gateway: 'stripe',
      retries: 2,
      system: 'payment_gateway',
    });
  });

  it('refuses a config that its schema does', async () => {
    await expect(runStep(new Charge())).rejects.toMatchObject({ errorCode: 'CONFIG_INVALID' });
    await expect(runStep(new Charge(), { config: { gateway: '${NONE}' }, env: {} })).rejects.toMatchObject({
      errorCode: 'CONFIG_UNRESOLVED',
    });
  });

  it('ends the attempt at its timeout', async () => {
    const seen: unknown[] = [];
    const handler = {
      process: ({ signal }: StepContext) => untilAborted(signal).catch((reason: unknown) => void seen.push(reason)),
    };
    await expect(runStep(handler, { timeoutSeconds: 0.01 })).rejects.toThrow(StepTimeoutError);
    expect(seen).toEqual([expect.any(StepTimeoutError)]);
  });

  it('ends the attempt with the signal of the test', async () => {
    const controller = new AbortController();
    const running = runStep(
      { process: ({ signal }: StepContext) => untilAborted(signal) },
      { signal: controller.signal },
    );
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });

  it('takes down what the handler publishes', async () => {
    const published: PublishedEvent[] = [];
    const handler = {
      process: ({ publish }: StepContext): void => {
        publish('order.priced', { total: 3 });
        publish('order.closed');
      },
    };
    await runStep(handler, { published });
    expect(published).toEqual([
      { event: 'order.priced', payload: { total: 3 } },
      { event: 'order.closed', payload: {} },
    ]);
    const wrong = { process: ({ publish }: StepContext) => publish('order.priced', [1]) };
    await expect(runStep(wrong)).rejects.toMatchObject({ errorCode: 'EVENT_PAYLOAD_INVALID' });
  });

  it('takes down what the handler measures', async () => {
    const measured: MeasuredValue[] = [];
    const handler = { process: ({ metrics }: StepContext): void => metrics.record('amount', 5, { card: 'visa' }) };
    await runStep(handler, { measured });
    expect(measured).toEqual([{ name: 'amount', value: 5, labels: { card: 'visa' } }]);
  });

  it('gives the step what the test says of it', async () => {
    const handler = { process: ({ step }: StepContext) => ({ ...step }) };
    const step = { name: 'pay', stepId: '0199' };
    await expect(runStep(handler, { step, attempt: 3, inputs: { by: 'card' } })).resolves.toMatchObject({
      name: 'pay',
      attempt: 3,
      isLastAttempt: true,
      idempotencyKey: '0199',
      inputs: { by: 'card' },
    });
  });

  it('knows the types of a handler: of its context, its ancestors and its result', async () => {
    interface Pay extends Omit<StepContext<{ amount: number }>, 'sequence'> {
      readonly sequence: Omit<Sequence, 'results'> & {
        results<A extends 'fetch_price'>(stepName: A): { price: number };
      };
    }
    const handler = {
      process: ({ task, sequence }: Pay) => ({ due: task.context.amount * sequence.results('fetch_price').price }),
    };
    const { due } = await runStep(handler, { context: { amount: 2 }, results: { fetch_price: { price: 5 } } });
    expect(due.toFixed(1)).toBe('10.0');
    // @ts-expect-error -- an amount is a number
    await runStep(handler, { context: { amount: 'two' }, results: { fetch_price: { price: 5 } } });
    // @ts-expect-error -- it has no such ancestor
    await expect(runStep(handler, { context: { amount: 2 }, results: { fetch_prise: 1 } })).rejects.toThrow(
      'Did you mean',
    );
  });
});
