import { isPlainObject } from '../../core/json.js';
import { errorOf } from '../../events/extract.js';
import { safeGet } from '../../events/safe-get.js';
import type { AnyEvent } from '../../events/tasker-events.js';

export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

const LONGEST_SUMMARY = 1_024;
const LONGEST_DETAIL = 2_000;

/** All that happens to one task is one incident; so is the loss of one worker, and whatever is told of one alert. */
export function dedupKey(event: AnyEvent): string {
  const alertId = safeGet(event, 'alert_id', '');
  if (alertId !== '') return `tasker-alert-${alertId}`;
  const taskId = safeGet(event, 'task_id', '');
  return taskId === '' ? `tasker-worker-${safeGet(event, 'worker_id', 0)}` : `tasker-task-${taskId}`;
}

/** The severity that an alert was declared with; null of other events. */
export function severityOfAlert(event: AnyEvent): Severity | null {
  const severity = safeGet(event, 'severity', '');
  return event.event === 'alert.fired' ? (SEVERITIES.find((known) => known === severity) ?? null) : null;
}

/** The `payload` of a trigger. */
export function incidentOf(event: AnyEvent, severity: Severity, source: string) {
  const error = errorOf(event);
  return {
    summary: summaryOf(event).slice(0, LONGEST_SUMMARY),
    source,
    severity,
    timestamp: event.timestamp,
    component: safeGet(event, 'step_name', '') || safeGet(event, 'task_name', '') || safeGet(event, 'worker_name', ''),
    group: safeGet(event, 'namespace', '') || 'tasker',
    class: error?.errorClass ?? (safeGet(event, 'alert_name', '') || event.event),
    custom_details: detailsOf(event),
  };
}

function summaryOf(event: AnyEvent): string {
  const alert = safeGet(event, 'alert_name', '');
  if (alert !== '') return `${alert}: ${safeGet(event, 'description', '') || safeGet(event, 'condition', '')}`;
  const task = `${safeGet(event, 'namespace', '')}.${safeGet(event, 'task_name', '')}`;
  const error = errorOf(event);
  const step = safeGet(event, 'step_name', '');
  if (task === '.') return `Tasker: ${event.event} ${safeGet(event, 'worker_name', '')}`.trim();
  const what = step === '' ? task : `${task}: ${step}`;
  return error ? `${what} failed: ${error.message}` : `${what}: ${event.event}`;
}

/** Facts, but no results: they may be large, and are nobody's business on a pager. */
function detailsOf(event: AnyEvent): Record<string, string | number | boolean> {
  const details: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(event) as [string, unknown][]) {
    if (typeof value === 'string') details[key] = value.slice(0, LONGEST_DETAIL);
    if (typeof value === 'number' || typeof value === 'boolean') details[key] = value;
  }
  delete details.results;
  // what an alert was asked over, and how it is labelled
  for (const part of ['figures', 'labels']) {
    const values = (event as unknown as Record<string, unknown>)[part];
    if (event.event.startsWith('alert.') && isPlainObject(values)) Object.assign(details, values);
  }
  return details;
}
