import { alertId } from '../core/alerts/alert-id.js';
import { figureNamed, type FigureScope, type NamedFigure } from '../core/alerts/figure-names.js';
import { parseCondition, type Condition } from '../core/condition/condition.js';
import type { AlertDefinition, MetricDefinition } from '../core/template-policies.js';
import type { TaskTemplate } from '../core/template.js';
import type { AlertDeclaration, StoredAlert } from '../persistence/stores/alerts.js';

/** Where an alert says nothing of it. */
const DEFAULT_WINDOW_SECONDS = 300;

/** What an alert is about; null for all. */
export interface AlertSubject {
  namespace: string | null;
  template: string | null;
  /** That declares it. */
  version: string | null;
}

/** An alert that this process has declared, ready to be evaluated. */
export class DeclaredAlert implements AlertDeclaration {
  readonly id: string;
  readonly namespace: string | null;
  readonly template: string | null;
  readonly name: string;
  readonly severity: AlertDeclaration['severity'];
  readonly definition: StoredAlert;
  readonly condition: Condition;
  readonly resolve: Condition | null;
  /** What the names in its conditions stand for. */
  readonly names: ReadonlyMap<string, NamedFigure>;
  /** Types of the metrics that its template declares, by their names. */
  readonly metrics: ReadonlyMap<string, MetricDefinition['type']>;

  /**
   * @param template - the one that it is about; null where that is none
   * @param ofTemplate - whether the template itself declares it
   */
  constructor(alert: AlertDefinition, subject: AlertSubject, template: TaskTemplate | null, ofTemplate: boolean) {
    this.namespace = subject.namespace;
    this.template = subject.template;
    this.name = alert.name;
    this.severity = alert.severity;
    this.id = alertId({ ...subject, name: alert.name, ofTemplate });
    this.definition = storedAlert(alert, subject);
    this.condition = parseCondition(alert.condition);
    this.resolve = alert.resolve === undefined ? null : parseCondition(alert.resolve);
    const names = [...this.condition.names(), ...(this.resolve?.names() ?? [])];
    const scope = scopeOf(alert, template);
    this.names = new Map(names.map((name) => [name, figureNamed(name, scope)!]));
    this.metrics = new Map(template?.monitoring.metrics.map(({ name, type }) => [name, type]));
  }

  /** What is stored of it. */
  toJSON(): AlertDeclaration {
    const { id, namespace, template, name, severity, definition } = this;
    return { id, namespace, template, name, severity, definition };
  }
}

/** The alerts that a template declares. */
export function alertsOf(template: TaskTemplate): DeclaredAlert[] {
  const { namespace, name, version, monitoring } = template;
  return monitoring.alerts.map(
    (alert) => new DeclaredAlert(alert, { namespace, template: name, version }, template, true),
  );
}

/** By which the names in its conditions are understood. */
export const scopeOf = ({ step }: AlertDefinition, template: TaskTemplate | null): FigureScope => ({
  step: step ?? null,
  steps: template?.steps.map(({ name }) => name) ?? [],
  metrics: template?.monitoring.metrics.map(({ name }) => name) ?? [],
});

const storedAlert = (alert: AlertDefinition, { namespace, template, version }: AlertSubject): StoredAlert => ({
  name: alert.name,
  namespace,
  template,
  version,
  step: alert.step ?? null,
  severity: alert.severity,
  condition: alert.condition,
  resolve: alert.resolve ?? null,
  description: alert.description,
  window_seconds: alert.windowSeconds ?? DEFAULT_WINDOW_SECONDS,
  for_seconds: alert.forSeconds ?? 0,
  resolve_after_seconds: alert.resolveAfterSeconds ?? 0,
  labels: alert.labels ?? {},
  notify: alert.notify ?? [],
  enabled: alert.enabled ?? true,
});
