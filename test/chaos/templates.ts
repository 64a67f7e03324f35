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
  /** Fails in so many attempts, and succeeds in those after them. */
  fail_attempts?: number;
  /** Takes this much longer in its first attempt, in milliseconds, whatever its signal says. */
  late_ms?: number;
  /** Writes a row in the transaction that completes the step, if not 0: see `EFFECT_TABLE`. */
  effect?: number;
  /** Holds that transaction open for this long, in milliseconds. */
  hold_ms?: number;
  [key: string]: number | undefined;
}

/** Name of that handler. */
export const WORK = 'chaos.work';

/** The same under a name that only workers of this release and later ones know. */
export const workOf = (release: number): string => (release === 1 ? WORK : `${WORK}.${release}`);

/** What steps with an `effect` write beside their results, in the same database. */
export const EFFECT_TABLE = `create table public.effect (task_id uuid not null, step text not null, attempt int not null)`;

// Faults may take more attempts from a step than operators would allow it: what is tried here is coming back from them.
export const step = (name: string, work: Work, parents: string[] = []) => ({
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
