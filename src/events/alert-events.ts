import type { AlertEnd } from '../core/alerts/alert-end.js';
import type { AlertSeverity } from '../core/template-policies.js';
import type { Facts } from './payloads.js';
import type { TaskerEvents } from './tasker-events.js';

export const ALERT_EVENT_NAMES = ['alert.fired', 'alert.resolved'] as const;
export type AlertEventName = (typeof ALERT_EVENT_NAMES)[number];

/** What a definition says of an alert, as events tell it. */
export interface AlertFacts {
  name: string;
  namespace: string | null;
  template: string | null;
  version: string | null;
  step: string | null;
  severity: AlertSeverity;
  condition: string;
  resolve: string | null;
  description: string | null;
  window_seconds: number;
  labels: Record<string, string>;
  /** Subscribers that are told of it besides those that subscribe. */
  notify: string[];
}

/** That an alert has fired, or was resolved. */
export interface AlertEventRow {
  /** Its place in the order of all events. */
  auditNo: number;
  name: AlertEventName;
  at: Date;
  alertId: string;
  /** Of one firing and its end. */
  incidentId: string;
  firedAt: Date;
  /** Of an end. */
  reason: AlertEnd | null;
  definition: AlertFacts;
  figures: Record<string, number | null>;
}

type AlertPayload = Facts<TaskerEvents['alert.fired']> & Partial<Facts<TaskerEvents['alert.resolved']>>;

/** The payload of its event, without what publishing adds. */
export function alertPayload(row: AlertEventRow): AlertPayload {
  const { definition, firedAt } = row;
  const facts: AlertPayload = {
    alert_id: row.alertId,
    alert_name: definition.name,
    severity: definition.severity,
    namespace: definition.namespace,
    task_name: definition.template,
    version: definition.version,
    step_name: definition.step,
    correlation_id: row.incidentId,
    condition: definition.condition,
    description: definition.description,
    window_seconds: definition.window_seconds,
    figures: row.figures,
    labels: definition.labels,
    fired_at: firedAt.toISOString(),
  };
  if (row.name === 'alert.fired') return facts;
  const seconds = Math.max(0, row.at.getTime() - firedAt.getTime()) / 1000;
  return { ...facts, resolved_at: row.at.toISOString(), firing_duration: seconds, reason: row.reason! };
}
