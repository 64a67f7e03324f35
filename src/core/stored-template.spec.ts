import { contentHash } from './identity.js';
import { STEP_DEFAULTS, TEMPLATE_DEFAULTS, revivedTemplate, storedTemplate } from './stored-template.js';
import type { StoredTemplate } from './stored-template.js';
import { DEFAULT_BACKOFF } from './backoff.js';
import type { TaskTemplate } from './template.js';

/** A definition as releases before the policies stored it. */
const OLD: StoredTemplate = {
  namespace: 'default',
  name: 't',
  version: '0.1.0',
  description: null,
  schema: { properties: { executionMode: { default: null } } },
  failureStrategy: 'continue',
  maxDurationSeconds: null,
  steps: [
    {
      name: 'a',
      description: null,
      handler: 'b',
      dependsOn: [],
      config: { inputs: {}, customEvents: [] },
      dependentSystem: null,
      retryable: true,
      retryLimit: 3,
      timeoutSeconds: 300,
      backoff: DEFAULT_BACKOFF,
      skippable: false,
    },
  ],
};

const plain: TaskTemplate = {
  ...TEMPLATE_DEFAULTS,
  ...(OLD as unknown as TaskTemplate),
  steps: [{ ...OLD.steps[0]!, ...STEP_DEFAULTS }],
};

describe('a stored template', () => {
  it('of an older release is read with what it does not know at its default', () => {
    expect(revivedTemplate(OLD)).toEqual(plain);
  });

  it('is as older releases stored it where it says nothing new', () => {
    expect(storedTemplate(plain)).toEqual(OLD);
    expect(contentHash(storedTemplate(plain))).toBe(contentHash(OLD));
  });

  it('is what was stored', () => {
    const template: TaskTemplate = {
      ...plain,
      priority: 50,
      concurrency: { ...plain.concurrency, queueSize: 5 },
      events: { ...plain.events, publish: { 'task.started': false } },
      security: { ...plain.security, maskedFields: ['iban'] },
      handlerConfig: { a: {} },
      steps: [{ ...plain.steps[0]!, inputs: { a: null } }],
    };
    const stored = storedTemplate(template);
    expect(stored).toMatchObject({ concurrency: { queueSize: 5 }, events: { publish: { 'task.started': false } } });
    expect(Object.keys(stored.concurrency!)).toEqual(['queueSize']);
    expect(revivedTemplate(JSON.parse(JSON.stringify(stored)) as StoredTemplate)).toEqual(template);
  });

  it('does not share its defaults with others', () => {
    revivedTemplate(OLD).tags.push('x');
    expect(revivedTemplate(OLD).tags).toEqual([]);
  });
});
