import { DURATION, FAILURE_FACTS, NEXT_RETRY_AT, OPERATOR_FACTS, RESULTS, STEP_FACTS } from '../event-facts.js';
import type { Definitions } from './event-definition.js';
import { operator, refused, step, timedOut, workerLost } from './examples.js';

const FAILED_ATTEMPT = { ...STEP_FACTS, ...FAILURE_FACTS, ...DURATION };

export const STEP_EVENTS: Definitions<'step'> = {
  'step.execution_requested': {
    description: 'A worker took a step, to have its handler run it.',
    facts: STEP_FACTS,
    example: step,
    firedBy: ['EngineEvents'],
  },
  'step.started': {
    description: 'A worker began an attempt of a step.',
    facts: STEP_FACTS,
    example: step,
    firedBy: ['EngineEvents'],
  },
  'step.completed': {
    description: 'An attempt succeeded and its results are stored, or an operator gave a step its results.',
    facts: { ...STEP_FACTS, ...DURATION, ...RESULTS },
    example: { ...step, execution_duration: 0.21, results: { cart_id: 123, total: 59.9 } },
    firedBy: ['EngineEvents', 'OperatorNews'],
  },
  'step.failed': {
    description: 'An attempt failed and none follows.',
    facts: FAILED_ATTEMPT,
    example: { ...step, ...refused, execution_duration: 0.18 },
    firedBy: ['EngineEvents', 'RescueEvents'],
  },
  'step.retry_scheduled': {
    description: 'An attempt failed and another follows.',
    facts: { ...FAILED_ATTEMPT, ...NEXT_RETRY_AT },
    example: { ...step, ...timedOut, execution_duration: 30.01, next_retry_at: '2026-01-31T09:30:02.000Z' },
    firedBy: ['EngineEvents', 'RescueEvents'],
  },
  'step.retried': {
    description: 'A worker began an attempt of a step that has failed before. Beside it comes step.started.',
    facts: STEP_FACTS,
    example: { ...step, attempt: 2 },
    firedBy: ['EngineEvents'],
  },
  'step.skipped': {
    description: 'A step was passed over: on request, or because it is skippable and its last attempt failed.',
    facts: FAILED_ATTEMPT,
    optional: ['error_message', 'error_class', 'error_code', 'error_category', 'retryable', 'execution_duration'],
    example: { ...step, ...refused },
    firedBy: ['EngineEvents', 'OperatorNews', 'RescueEvents'],
  },
  'step.resolved_manually': {
    description: 'An operator settled a failed step by hand: what depends on it goes on.',
    facts: { ...STEP_FACTS, ...OPERATOR_FACTS, ...RESULTS },
    example: { ...step, ...operator, results: null },
    firedBy: ['OperatorNews'],
  },
  'step.timed_out': {
    description:
      'An attempt ran longer than it may. Beside it comes what follows: a retry, a failure or a skip of the step.',
    facts: FAILED_ATTEMPT,
    example: { ...step, ...timedOut, execution_duration: 30.01 },
    firedBy: ['EngineEvents', 'RescueEvents'],
  },
  'step.worker_lost': {
    description:
      'The worker that ran an attempt died. Where no attempt follows, a failure or a skip of the step comes beside it.',
    facts: FAILED_ATTEMPT,
    example: { ...step, ...workerLost, execution_duration: 10.4 },
    firedBy: ['RescueEvents'],
  },
  'step.cancelled': {
    description:
      'A step that had not ended was cancelled: with its task, with a step that it depends on, or by itself.',
    facts: STEP_FACTS,
    example: step,
    firedBy: ['OperatorNews'],
  },
};
