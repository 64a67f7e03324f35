import { ALERT_END, ALERT_FACTS } from '../event-facts.js';
import type { AlertEventFacts } from '../tasker-events.js';
import type { Definitions } from './event-definition.js';

const fired: Omit<AlertEventFacts, 'event'> = {
  timestamp: '2026-01-31T09:30:00.000Z',
  alert_id: '5f1c1d56-4b0c-8d3a-9f0e-2b6f6f1d9c11',
  alert_name: 'high_failure_rate',
  severity: 'critical',
  namespace: 'payments',
  task_name: 'checkout',
  version: '1.2.0',
  step_name: null,
  correlation_id: '0e9b1d0a-3f4c-4f1e-8a53-0d1a7c2b9e77',
  condition: 'success_rate < 0.95',
  description: 'More than 5 % of checkouts fail',
  window_seconds: 300,
  figures: { success_rate: 0.82 },
  labels: { team: 'payments' },
  fired_at: '2026-01-31T09:30:00.000Z',
};
const firedBy = ['AlertEvaluator'];

export const ALERT_EVENTS: Definitions<'alert'> = {
  'alert.fired': {
    description: 'The condition of an alert holds, and has held for as long as the alert asks.',
    facts: ALERT_FACTS,
    example: fired,
    firedBy,
  },
  'alert.resolved': {
    description: 'An alert that has fired is over.',
    facts: { ...ALERT_FACTS, ...ALERT_END },
    example: {
      ...fired,
      timestamp: '2026-01-31T09:42:00.000Z',
      figures: { success_rate: 0.99 },
      resolved_at: '2026-01-31T09:42:00.000Z',
      firing_duration: 720,
      reason: 'recovered',
    },
    firedBy,
  },
};
