import type { AlertEventName, AlertEventRow, AlertFacts } from '../../events/alert-events.js';
import type { AlertEnd } from '../../core/alerts/alert-end.js';
import type { AlertSeverity } from '../../core/template-policies.js';

export const ALERT_STATES = ['inactive', 'pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];
export type { AlertEventName, AlertEventRow };

/** An alert as a process has declared it. */
export interface AlertDeclaration {
  /** Made of what declares it and its name: see `alertId`. */
  id: string;
  /** Null where it is about all namespaces, or all templates. */
  namespace: string | null;
  template: string | null;
  name: string;
  severity: AlertSeverity;
  definition: StoredAlert;
}

/** A definition as the database has it and events tell it. */
export interface StoredAlert extends AlertFacts {
  for_seconds: number;
  resolve_after_seconds: number;
  enabled: boolean;
}

/** Whose turn it is to say something of an alert. */
export interface AlertTurn {
  id: string;
  turn: number;
}

/** What was found of an alert in its turn. */
export interface FoundAlert extends AlertTurn {
  /** Whether the condition holds; null where its figures do not say. */
  holds: boolean | null;
  /** Whether it is over. */
  over: boolean | null;
  /** By the names that the conditions call them by; null for one that has no value. */
  figures: Readonly<Record<string, number | null>> | null;
  /** Why it could not be evaluated: nothing moves. */
  error?: string;
  /** Why nobody looks after it any more: it is over at once. */
  ended?: Exclude<AlertEnd, 'recovered'>;
}

/** How an alert stands. */
export interface AlertStatus {
  id: string;
  namespace: string | null;
  template: string | null;
  name: string;
  severity: AlertSeverity;
  definition: StoredAlert;
  state: AlertState;
  stateSince: Date;
  firedCount: number;
  lastFiredAt: Date | null;
  lastResolvedAt: Date | null;
  /** Null before the first time. */
  evaluatedAt: Date | null;
  figures: Record<string, number | null> | null;
  holds: boolean | null;
  error: string | null;
}

/** What was recorded of a metric of a template. */
export interface MetricSum {
  namespace: string;
  template: string;
  metric: string;
  /** How many values, and what they come to. */
  count: number;
  sum: number;
}

/** What figures of the backlog are of. */
export interface BacklogScope {
  namespace: string | null;
  template: string | null;
  step: string | null;
}
