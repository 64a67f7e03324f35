import {
  BACKOFF_FACTS,
  CIRCUIT_FACTS,
  EXPORTED,
  EXPORT_FACTS,
  FAILURE_FACTS,
  OUTAGE,
  SLOTS,
  STEP_FACTS,
  WORKER_FACTS,
} from '../event-facts.js';
import type { Definitions } from './event-definition.js';
import { step, timedOut, worker } from './examples.js';

export const OBSERVABILITY_EVENTS: Definitions<'observability'> = {
  'observability.step.backoff': {
    description:
      'How long a failed step waits for its next attempt, and why so long. Beside it comes step.retry_scheduled.',
    facts: { ...STEP_FACTS, ...BACKOFF_FACTS },
    example: {
      ...step,
      backoff_seconds: 1.04,
      backoff_type: 'exponential',
      next_retry_at: '2026-01-31T09:30:02.000Z',
    },
    firedBy: ['EngineEvents', 'RescueEvents'],
  },
  'observability.step.max_retries_reached': {
    description:
      'An attempt failed that could have been repeated, but was the last. Beside it comes step.failed or step.skipped.',
    facts: { ...STEP_FACTS, ...FAILURE_FACTS },
    example: { ...step, attempt: 3, ...timedOut },
    firedBy: ['EngineEvents', 'RescueEvents'],
  },
  'observability.worker.started': {
    description: 'A worker registered and takes steps, for the first time or again after it was taken for dead.',
    facts: { ...WORKER_FACTS, ...SLOTS },
    example: { ...worker, slots: 200 },
    firedBy: ['WorkerEvents'],
  },
  'observability.worker.stopped': {
    description: 'A worker finished or gave back what it had and is gone.',
    facts: WORKER_FACTS,
    example: worker,
    firedBy: ['WorkerEvents'],
  },
  'observability.worker.lost': {
    description: 'A worker fell silent and was taken for dead: its steps were given back.',
    facts: WORKER_FACTS,
    example: worker,
    firedBy: ['WorkerEvents'],
  },
  'observability.circuit.opened': {
    description: 'A system failed too often in a row, or was tried and failed again: steps that depend on it wait.',
    facts: { ...CIRCUIT_FACTS, ...OUTAGE },
    example: {
      timestamp: worker.timestamp,
      dependent_system: 'payment_gateway',
      failures: 5,
      reset_seconds: 30,
      error_message: 'POST https://payments.example/charges answered 503 Service Unavailable',
    },
    firedBy: ['CircuitEvents'],
  },
  'observability.circuit.closed': {
    description: 'A system was tried and is back: steps that depend on it go on.',
    facts: CIRCUIT_FACTS,
    example: { timestamp: worker.timestamp, dependent_system: 'payment_gateway' },
    firedBy: ['CircuitEvents'],
  },
  'observability.export.completed': {
    description: 'An export of tasks or metrics was made, on demand or on schedule.',
    facts: { ...EXPORT_FACTS, ...EXPORTED },
    example: {
      timestamp: worker.timestamp,
      format: 'prometheus',
      what: 'metrics',
      file: 'exports/metrics.prom',
      record_count: 14,
      byte_count: 1210,
    },
    firedBy: ['ExportService'],
  },
  'observability.export.failed': {
    description: 'An export of tasks or metrics could not be made, or not be written.',
    facts: { ...EXPORT_FACTS, error_message: FAILURE_FACTS.error_message, error_class: FAILURE_FACTS.error_class },
    example: {
      timestamp: worker.timestamp,
      format: 'csv',
      what: 'tasks',
      file: 'exports/tasks.csv',
      error_message: "ENOSPC: no space left on device, open 'exports/tasks.csv'",
      error_class: 'Error',
    },
    firedBy: ['ExportService'],
  },
};
