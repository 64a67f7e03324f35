import {
  PermanentError,
  RetryableError,
  StepHandler,
  type StepContext,
  type TemplateDefinition,
} from '../../src/index.js';
import type { ApiServer } from './api-server.js';

@StepHandler('answers')
class Answers {
  process(): Promise<object> {
    return Promise.resolve({ total: 12.5 });
  }
}

@StepHandler('fails_once')
class FailsOnce {
  process({ step }: StepContext): Promise<object> {
    if (step.attempt > 1) return Promise.resolve({ attempt: step.attempt });
    throw new RetryableError('The catalog is busy', { errorCode: 'HTTP_503', context: { url: '/products' } });
  }
}

@StepHandler('fails')
class Fails {
  process(): Promise<object> {
    throw new PermanentError('The card was refused', { errorCode: 'HTTP_402', errorCategory: 'payment' });
  }
}

export const LIVED_HANDLERS = [Answers, FailsOnce, Fails];

const quick = { kind: 'fixed', initial_delay: 0.01 } as const;

/** Its steps end in every way that a worker brings about in a moment. */
export const LIVED: TemplateDefinition = {
  name: 'lived',
  step_templates: [
    { name: 'price', handler_class: 'answers', dependent_system: 'prices' },
    { name: 'stock', handler_class: 'fails_once', retry_backoff: quick },
    { name: 'charge', handler_class: 'fails', depends_on_steps: ['price', 'stock'] },
    { name: 'ship', handler_class: 'answers', depends_on_step: 'charge' },
  ],
};

/** Completes. */
export const SHORT: TemplateDefinition = {
  name: 'short',
  step_templates: [{ name: 'price', handler_class: 'answers' }],
};

/** Creates such a task, and waits until it has come to rest. */
export async function live({ http, client }: ApiServer, { name } = LIVED): Promise<string> {
  const request = { name, context: { cart_id: 1 }, initiator: 'a', reason: 'b', source_system: 'c' };
  const { body } = await http.post('/tasker/tasks').send(request).expect(201);
  const { task_id } = body as { task_id: string };
  await client.waitFor(task_id, { timeoutMs: 20_000 });
  return task_id;
}
