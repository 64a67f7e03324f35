import { DURATION, OPERATOR_FACTS, TASK_FACTS } from '../event-facts.js';
import type { Definitions } from './event-definition.js';
import { operator, task } from './examples.js';

const ACTED = { ...TASK_FACTS, ...OPERATOR_FACTS };

export const TASK_EVENTS: Definitions<'task'> = {
  'task.initialize_requested': {
    description: 'A task was created and its steps stored.',
    facts: TASK_FACTS,
    example: task,
    firedBy: ['TaskCreation'],
  },
  'task.started': {
    description: 'A worker began the first step of a task.',
    facts: TASK_FACTS,
    example: task,
    firedBy: ['EngineEvents'],
  },
  'task.completed': {
    description: 'Every step of a task is complete, skipped or resolved.',
    facts: { ...TASK_FACTS, ...DURATION },
    example: { ...task, execution_duration: 45.2 },
    firedBy: ['EngineEvents', 'OperatorNews'],
  },
  'task.failed': {
    description: 'A step of a task failed for good and nothing else of it can run.',
    facts: { ...TASK_FACTS, ...DURATION },
    example: { ...task, execution_duration: 12.8 },
    firedBy: ['EngineEvents', 'OperatorNews'],
  },
  'task.retry_requested': {
    description: 'An operator repaired a task that was in error: it goes on.',
    facts: ACTED,
    example: { ...task, ...operator },
    firedBy: ['OperatorNews'],
  },
  'task.cancelled': {
    description:
      'A task was cancelled with all of its steps that had not ended, or its last ones were cancelled by themselves.',
    facts: TASK_FACTS,
    example: task,
    firedBy: ['OperatorNews', 'EngineEvents'],
  },
  'task.resolved_manually': {
    description: 'An operator settled a task by hand that was in error.',
    facts: ACTED,
    example: { ...task, ...operator },
    firedBy: ['OperatorNews'],
  },
  'task.paused': {
    description: 'An operator paused a task: nothing more of it starts until it is resumed.',
    facts: ACTED,
    example: { ...task, ...operator },
    firedBy: ['OperatorNews'],
  },
  'task.resumed': {
    description: 'An operator let a paused task go on.',
    facts: ACTED,
    example: { ...task, ...operator },
    firedBy: ['OperatorNews'],
  },
};
