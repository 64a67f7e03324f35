import type { Graph } from './graph.js';
import type { TaskTemplate } from './template.js';

/** What of a template may be under way at once, over all workers; null for no limit. */
export interface TemplateLimits {
  /** Tasks in progress. */
  maxTasks: number | null;
  /** Running steps of all of its tasks. */
  maxSteps: number | null;
  /** Running steps of one task; they start in the order of the template, where the graph leaves a choice. */
  maxTaskSteps: number | null;
  /** Tasks that wait to begin. */
  queueSize: number | null;
}

/** The limits that a template sets; those that its graph keeps by itself are left out, for they would cost something. */
export function limitsOf({ maxConcurrentSteps, concurrency, steps }: TaskTemplate, graph: Graph): TemplateLimits {
  const isFree = maxConcurrentSteps === null || maxConcurrentSteps >= steps.length || isChain(graph);
  return {
    maxTasks: concurrency.maxConcurrentTasks,
    maxSteps: concurrency.maxConcurrentSteps,
    maxTaskSteps: isFree ? null : maxConcurrentSteps,
    queueSize: concurrency.queueSize,
  };
}

export const hasLimits = (limits: TemplateLimits): boolean => Object.values(limits).some((limit) => limit !== null);

/** Whether steps wait for anything but their parents. */
export const limitsSteps = ({ maxTasks, maxSteps, maxTaskSteps }: TemplateLimits): boolean =>
  maxTasks !== null || maxSteps !== null || maxTaskSteps !== null;

/** Whether no two steps can ever run at once: each but one is the parent of the next in some order. */
function isChain({ parents, children }: Graph): boolean {
  const roots = parents.flatMap((list, step) => (list.length === 0 ? [step] : []));
  if (roots.length !== 1) return false;
  const waiting = parents.map((list) => list.length);
  let ready = roots;
  for (let done = 0; done < parents.length; done++) {
    if (ready.length !== 1) return false;
    ready = children[ready[0]!]!.filter((child) => --waiting[child]! === 0);
  }
  return true;
}
