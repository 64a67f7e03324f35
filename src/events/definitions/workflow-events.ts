import { STANDSTILL, STATUS, TASK_FACTS, VIABLE_STEPS } from '../event-facts.js';
import type { Definitions } from './event-definition.js';
import { step, task } from './examples.js';

export const WORKFLOW_EVENTS: Definitions<'workflow'> = {
  'workflow.viable_steps_discovered': {
    description: 'Steps of a task could run, and a worker took them.',
    facts: { ...TASK_FACTS, ...VIABLE_STEPS },
    example: { ...task, step_ids: [step.step_id], step_names: [step.step_name], step_count: 1 },
    firedBy: ['EngineEvents'],
  },
  'workflow.no_viable_steps': {
    description:
      'An attempt ended and nothing else of its unfinished task can run: until a retry is due, or somebody repairs or releases it.',
    facts: { ...TASK_FACTS, ...STANDSTILL },
    example: { ...task, execution_status: 'waiting_for_retry' },
    firedBy: ['EngineEvents'],
  },
  'workflow.task_finalized': {
    description: 'A task came to rest. Beside it comes the event that says how.',
    facts: { ...TASK_FACTS, ...STATUS },
    example: { ...task, status: 'complete' },
    firedBy: ['EngineEvents', 'OperatorNews'],
  },
};
