import type { TemplateDefinition } from '../../src/index.js';

/** What the handler of the worker processes does: waits, or keeps the event loop from turning, and then succeeds. */
export interface Work {
  /** Waits at least this long, in milliseconds. */
  min_ms?: number;
  /** Waits at most this long, in milliseconds. @default min_ms */
  max_ms?: number;
  /** Blocks the event loop for this long, in milliseconds. */
  block_ms?: number;
  /** Fails afterwards, if not 0. */
  fail?: number;
  [key: string]: number | undefined;
}

/** Name of that handler. */
export const WORK = 'chaos.work';

// Faults may take more attempts from a step than operators would allow it: what is tried here is coming back from them.
const step = (name: string, work: Work, parents: string[] = []) => ({
  name,
  handler_class: WORK,
  handler_config: work as Record<string, number>,
  depends_on_steps: parents,
  default_retry_limit: 20,
});

/** a → b, c, d → e */
export const diamond = (name: string, work: Work): TemplateDefinition => ({
  name,
  step_templates: [
    step('a', work),
    step('b', work, ['a']),
    step('c', work, ['a']),
    step('d', work, ['a']),
    step('e', work, ['b', 'c', 'd']),
  ],
});

export const single = (name: string, work: Work): TemplateDefinition => ({
  name,
  step_templates: [step('only', work)],
});
