import { PermanentError } from '../core/errors.js';
import type { StepContext } from '../registry/step-handler.js';
import { runStep } from './run-step.js';

class Total {
  process({ task, sequence, config }: StepContext<{ items: number }>): { total: number } {
    const { price } = sequence.results<{ price: number }>('fetch_price');
    if (task.context.items < 1) throw new PermanentError('nothing to add up');
    return { total: task.context.items * price * Number(config.factor ?? 1) };
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
});
