import { Injectable } from '@nestjs/common';
import { AlertStore } from '../persistence/stores/alert.store.js';
import type { AlertSeverity } from '../core/template-policies.js';
import type { AlertState, AlertStatus } from '../persistence/stores/alerts.js';
import { AlertEvaluator, type EvaluationHealth } from './alert-evaluator.js';
import type { DeclaredAlert } from './declared-alert.js';

/** Which alerts are wanted: those that agree with everything that is given. */
export interface AlertFilter {
  /** About one of these namespaces alone, not about all; null for any. */
  namespaces?: readonly string[] | null;
  namespace?: string;
  state?: AlertState;
  severity?: AlertSeverity;
}

/** What there is to know of alerts. */
@Injectable()
export class AlertService {
  constructor(
    private readonly store: AlertStore,
    private readonly evaluator: AlertEvaluator,
  ) {}

  /**
   * The alerts of all processes and how they stand, those that fire first.
   *
   * @throws Error if the database does not answer
   */
  async list(filter: AlertFilter = {}): Promise<AlertStatus[]> {
    const stored = await this.store.list();
    const known = new Set(stored.map(({ id }) => id));
    const fresh = this.evaluator.declared.filter(({ id }) => !known.has(id)).map(unevaluated);
    return [...stored, ...fresh].filter((alert) => agrees(alert, filter));
  }

  /** How looking after them goes in this process. */
  get health(): EvaluationHealth {
    return this.evaluator.health;
  }

  /** Looks at those that are due without waiting for the next round; resolves when it has. */
  evaluate(): Promise<void> {
    return this.evaluator.evaluate();
  }
}

const unevaluated = (alert: DeclaredAlert): AlertStatus => ({
  ...alert.toJSON(),
  state: 'inactive',
  stateSince: new Date(),
  firedCount: 0,
  lastFiredAt: null,
  lastResolvedAt: null,
  evaluatedAt: null,
  figures: null,
  holds: null,
  error: null,
});

const agrees = (alert: AlertStatus, { namespaces = null, namespace, state, severity }: AlertFilter): boolean =>
  (namespaces === null || (alert.namespace !== null && namespaces.includes(alert.namespace))) &&
  (namespace === undefined || alert.namespace === namespace) &&
  (state === undefined || alert.state === state) &&
  (severity === undefined || alert.severity === severity);
