import { graphOf } from './graph.js';
import { TEMPLATE_DEFAULTS } from './stored-template.js';
import type { TaskTemplate } from './template.js';
import { hasLimits, limitsOf, limitsSteps, type TemplateLimits } from './template-limits.js';

const NONE: TemplateLimits = { maxTasks: null, maxSteps: null, maxTaskSteps: null, queueSize: null };

const limits = (parents: number[][], changes: Partial<TaskTemplate> = {}): TemplateLimits =>
  limitsOf({ ...TEMPLATE_DEFAULTS, steps: parents.map(() => ({})), ...changes } as TaskTemplate, graphOf(parents));

describe('limitsOf', () => {
  it('finds none where a template sets none', () => {
    expect(limits([[], [0], [0]])).toEqual(NONE);
  });

  it.each([
    ['as many steps as the template has', [[], [], []], 3, null],
    ['fewer', [[], [], []], 2, 2],
    ['one, of a chain in any order', [[1], [2], []], 1, null],
    ['one, of a chain with shortcuts', [[], [0], [0, 1]], 1, null],
    ['one, of a fork', [[], [0], [0]], 1, 1],
    ['one, of two chains', [[], [0], [], [2]], 1, 1],
    ['one, of a step beside a chain', [[], [0], []], 1, 1],
    ['one, of a join', [[], [], [0, 1]], 1, 1],
  ])('takes a limit of %s for what it is', (_what, parents, maxConcurrentSteps, expected) => {
    expect(limits(parents, { maxConcurrentSteps }).maxTaskSteps).toBe(expected);
  });

  it('takes the limits over all tasks as they are', () => {
    const concurrency = { maxConcurrentTasks: 2, maxConcurrentSteps: 3, queueSize: 4 };
    expect(limits([[]], { concurrency })).toEqual({ ...NONE, maxTasks: 2, maxSteps: 3, queueSize: 4 });
  });

  it('tells limits of tasks from those that make steps wait', () => {
    expect([hasLimits(NONE), limitsSteps(NONE)]).toEqual([false, false]);
    const queue = { ...NONE, queueSize: 0 };
    expect([hasLimits(queue), limitsSteps(queue)]).toEqual([true, false]);
    const tasks = { ...NONE, maxTasks: 1 };
    expect([hasLimits(tasks), limitsSteps(tasks)]).toEqual([true, true]);
  });
});
