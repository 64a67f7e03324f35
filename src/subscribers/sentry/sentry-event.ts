import { createHash } from 'node:crypto';
import { errorOf, tagsOf } from '../../events/extract.js';
import { safeGet } from '../../events/safe-get.js';
import type { AnyEvent } from '../../events/tasker-events.js';

/** A tag's value is cut to what Sentry takes. */
const LONGEST_TAG = 200;

export type SentryLevel = 'fatal' | 'error' | 'warning' | 'info';

const LEVELS: Record<string, SentryLevel> = {
  'task.failed': 'error',
  'step.failed': 'error',
  'observability.step.max_retries_reached': 'error',
  'observability.worker.lost': 'error',
  'step.retry_scheduled': 'warning',
  'step.timed_out': 'warning',
  'step.worker_lost': 'warning',
  'step.skipped': 'warning',
};

/** What every report of a sender says of it. */
export interface SentryScope {
  environment: string;
  release?: string;
  server_name?: string;
  tags?: Readonly<Record<string, string>>;
}

/** An event of Sentry's that tells of one of ours. */
export function sentryEvent(event: AnyEvent, { environment, release, server_name, tags }: SentryScope) {
  const error = errorOf(event);
  const what = nameOf(event);
  return {
    event_id: sentryId(event),
    timestamp: event.timestamp,
    platform: 'node',
    logger: 'tasker',
    level: LEVELS[event.event] ?? 'info',
    environment,
    ...(release !== undefined && { release }),
    ...(server_name !== undefined && { server_name }),
    transaction: what,
    ...(error
      ? { exception: { values: [{ type: error.errorClass, value: error.message, mechanism: MECHANISM }] } }
      : { logentry: { formatted: `${event.event}: ${what}` } }),
    fingerprint: fingerprintOf(event),
    tags: cut({ ...tagsOf(event), ...tags }),
    contexts: { tasker: factsOf(event) },
    sdk: { name: 'nest-tasker', version: '1.0' },
  };
}

/** The same event has the same id, however often it is delivered: Sentry keeps one. */
export function sentryId(event: AnyEvent): string {
  const said = ['task_id', 'step_id', 'attempt', 'worker_id'].map((fact) => safeGet(event, fact) ?? null);
  return createHash('sha256')
    .update(JSON.stringify([event.event, event.timestamp, ...said]))
    .digest('hex')
    .slice(0, 32);
}

/** Failures of the same kind, at the same step of the same template, are one issue, whatever their messages say. */
export function fingerprintOf(event: AnyEvent): string[] {
  const error = errorOf(event);
  const parts = ['namespace', 'task_name', 'step_name'].map((fact) => safeGet(event, fact, '') || '-');
  const cause = error ? [error.errorClass, error.code ?? '-'] : [];
  return ['tasker', event.event, ...parts, ...cause];
}

/** Facts, but no results: they may be large, and hold what is nobody's business there. */
function factsOf(event: AnyEvent): Record<string, unknown> {
  const facts: Record<string, unknown> = { ...event };
  delete facts.results;
  return facts;
}

const MECHANISM = { type: 'tasker', handled: true };

function nameOf(event: AnyEvent): string {
  const task = [safeGet(event, 'namespace', ''), safeGet(event, 'task_name', '')].filter(Boolean).join('.');
  const step = safeGet(event, 'step_name', '');
  return [task, step].filter(Boolean).join('/') || safeGet(event, 'worker_name', '') || event.event;
}

const cut = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, value.slice(0, LONGEST_TAG)]));
