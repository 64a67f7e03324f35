import { stepId } from '../../core/identity.js';
import { fullName } from '../../core/template.js';
import type { StepRow } from '../../persistence/stores/task-snapshot.js';
import { amount, capital, counted, isOrAre } from './phrases.js';
import { reason, stepBlocker, taskBlocker, type Blocker, type Reason } from './reason.js';
import { COUNT_TO, type Standing } from './standing.js';

/** What a step waits for at its gate; its task's limit is looked at last, as the step comes by it. */
export function limitReasons(standing: Standing, { gate }: StepRow): Reason[] {
  const { maxTasks, maxSteps, maxTaskSteps } = standing.entry.limits;
  const { namespace, name, executionMode } = standing.entry.template;
  const ofAll = `of ${namespace}.${name}, over all workers`;
  const { permits, places } = standing.snapshot.facts ?? { permits: null, places: null };
  switch (gate) {
    case null:
      return [];
    case 'task_queue': {
      const detail = `At most ${amount(maxTasks ?? 0, 'task')} ${ofAll}, ${isOrAre(maxTasks)} in progress at a time (performance.concurrency.max_concurrent_tasks).`;
      const blockedBy = places?.holders.map(taskBlocker) ?? [];
      return [reason('template_limit', detail, { blockedBy }), ...ahead('task', places?.ahead)];
    }
    case 'template_limit': {
      const detail = `At most ${amount(maxSteps ?? 0, 'step')} ${ofAll}, run${maxSteps === 1 ? 's' : ''} at a time (performance.concurrency.max_concurrent_steps).`;
      // where it waits for a step of a version with other names, that one's id still leads to it
      const blockedBy =
        permits?.holders.map(({ taskId, stepNo, step }) => stepBlocker(stepId(taskId, stepNo), step)) ?? [];
      return [reason('template_limit', detail, { blockedBy }), ...ahead('step', permits?.ahead)];
    }
    case 'task_limit': {
      const key = executionMode === 'sequential' ? 'execution_mode: sequential' : 'max_concurrent_steps';
      const detail = `At most ${amount(maxTaskSteps ?? 0, 'step')} of a task of ${fullName(standing.entry.template)} run${maxTaskSteps === 1 ? 's' : ''} at a time (workflow_config.${key}).`;
      // stored by every limited step on its way; shown where its task is what it waits for
      return maxTaskSteps === null ? [] : [reason('task_limit', detail, { blockedBy: siblings(standing) })];
    }
  }
}

/** The steps of its own task that have its places: they run, or are let through already. */
const siblings = (standing: Standing): Blocker[] =>
  standing.snapshot.steps
    .filter(({ state, gate, readyAt }) => state === 'in_progress' || gate === 'template_limit' || readyAt !== null)
    .map(({ stepNo }) => standing.blocker(stepNo));

function ahead(what: string, count = 0): Reason[] {
  if (count === 0) return [];
  const who = count === 1 ? `${what} of the same template comes` : `${what}s of the same template come`;
  const detail = capital(`${counted(count, COUNT_TO)} ${who} before it, by priority and age.`);
  return [reason('outranked', detail)];
}
