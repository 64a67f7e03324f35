import type { TemplateDefinition } from '../../../src/index.js';
import { step, workOf, type Work } from '../templates.js';

/** What a task of a template ends as when all goes as it should. */
export type End = 'complete' | 'error';

/** How many steps of `limited` run at once, over all workers and tasks. */
export const LIMIT = 4;
const SOON = { kind: 'fixed', initial_delay: 0.2, jitter: 0.5 } as const;
/** Faults may take many attempts from a step. */
const PATIENT = { default_retry_limit: 1_000, retry_backoff: SOON };
const QUICK: Work = { min_ms: 10, max_ms: 120 };

const patient = (name: string, work: Work, parents: string[] = []) => ({ ...step(name, work, parents), ...PATIENT });

const LEAVES = Array.from({ length: 10 }, (_, index) => `leaf_${index}`);

const CHAIN: TemplateDefinition = {
  name: 'chain',
  step_templates: ['a', 'b', 'c', 'd'].map((name, index, all) =>
    patient(name, QUICK, index === 0 ? [] : [all[index - 1]!]),
  ),
};
const DIAMOND: TemplateDefinition = {
  name: 'diamond',
  step_templates: [
    patient('a', QUICK),
    ...['b', 'c', 'd'].map((name) => patient(name, QUICK, ['a'])),
    patient('e', QUICK, ['b', 'c', 'd']),
  ],
};
const FAN_IN: TemplateDefinition = {
  name: 'fan_in',
  step_templates: [...LEAVES.map((name) => patient(name, QUICK)), patient('join', QUICK, LEAVES)],
};
/** Fails twice, and succeeds then. */
const FLAKY: TemplateDefinition = {
  name: 'flaky',
  step_templates: [patient('first', { ...QUICK, fail_attempts: 2 }), patient('second', QUICK, ['first'])],
};
/** One branch is skipped when it fails, the other one fails for good: what depends on it never runs. */
const HOPELESS: TemplateDefinition = {
  name: 'hopeless',
  step_templates: [
    { ...patient('optional', { ...QUICK, fail: 1 }), default_retry_limit: 2, skippable: true },
    { ...patient('needed', { ...QUICK, fail: 1 }, ['optional']), default_retry_limit: 2 },
    patient('beside', QUICK, ['optional']),
    patient('never', QUICK, ['needed']),
  ],
};
const LIMITED: TemplateDefinition = {
  name: 'limited',
  performance: { concurrency: { max_concurrent_steps: LIMIT } },
  step_templates: ['a', 'b', 'c'].map((name) => patient(name, QUICK)),
};
/** Past its timeout in its first attempt: the result of that is late. */
const OVERDUE: TemplateDefinition = {
  name: 'overdue',
  step_templates: [
    { ...patient('slow', { min_ms: 20, late_ms: 1_500 }), timeout_seconds: 1 },
    patient('after', QUICK, ['slow']),
  ],
};
/** Steps that write rows of their own in the transaction that completes them. */
const BOOKED: TemplateDefinition = {
  name: 'booked',
  step_templates: [
    { ...patient('book', { ...QUICK, effect: 1 }), timeout_seconds: 20 },
    { ...patient('pay', { ...QUICK, effect: 1 }), timeout_seconds: 20 },
    { ...patient('confirm', { ...QUICK, effect: 1 }, ['book', 'pay']), timeout_seconds: 20 },
  ],
};
/** Hogs the event loop for longer than a worker may be silent. */
const HOG: TemplateDefinition = {
  name: 'hog',
  step_templates: [patient('only', { block_ms: 6_000 })],
};
/** Keeps a connection of its worker's pool. */
const HOARDER: TemplateDefinition = {
  name: 'hoarder',
  step_templates: [{ ...patient('only', { effect: 1, hold_ms: 1_500 }), timeout_seconds: 30 }],
};
/** Grows by a step with each release, which only workers of that release can run. */
const evolving = (release: number): TemplateDefinition => ({
  name: 'evolving',
  version: `${release}.0.0`,
  step_templates: Array.from({ length: release }, (_, index) => ({
    ...patient(`part_${index + 1}`, QUICK, index === 0 ? [] : [`part_${index}`]),
    handler_class: workOf(index + 1),
  })),
});

/** What a worker of a release brings with it. */
export const templatesOf = (release: number): TemplateDefinition[] => [
  ...[CHAIN, DIAMOND, FAN_IN, FLAKY, HOPELESS, LIMITED, OVERDUE, BOOKED, HOG, HOARDER],
  ...Array.from({ length: release }, (_, index) => evolving(index + 1)),
];

/** What the load is mixed of: more often what stands more often. */
export const MIX = [
  ...['chain', 'chain', 'diamond', 'diamond', 'fan_in', 'flaky', 'hopeless', 'limited', 'limited'],
  ...['overdue', 'booked', 'booked', 'evolving', 'evolving'],
] as const;

/** All of whose steps write rows of their own. */
export const BOOKING = ['booked', 'hoarder'] as const;

export const endOf = (template: string): End => (template === 'hopeless' ? 'error' : 'complete');
