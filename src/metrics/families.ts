import type { FamilyDefinition, HistogramDefinition } from './family.js';

// What Tasker measures of itself. docs/telemetry.md lists it, and a test holds the two together.

/** From handlers that only look something up to those that wait for people's services. */
const ATTEMPT_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const TASK_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];
const WAIT_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600];
const ROUND_TRIP_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

const counter = <L extends string>(name: string, labels: readonly L[], help: string): FamilyDefinition<L> => ({
  ...{ name, help, labels },
  unit: null,
});
const gauge = <L extends string>(
  name: string,
  labels: readonly L[],
  help: string,
  unit: FamilyDefinition['unit'] = null,
): FamilyDefinition<L> => ({ name, help, labels, unit });
const seconds = <L extends string>(
  name: string,
  labels: readonly L[],
  buckets: readonly number[],
  help: string,
): HistogramDefinition<L> => ({ name, help, labels, unit: 'seconds', buckets });

const TEMPLATE = ['namespace', 'template'] as const;
const STEP = ['namespace', 'template', 'step'] as const;

export const TASKS_CREATED = counter('tasker_tasks_created', TEMPLATE, 'Tasks that this process has created');
export const TASKS_FINISHED = counter(
  'tasker_tasks_finished',
  [...TEMPLATE, 'state'],
  'Tasks that came to rest by what this process has committed, by the state that they came to rest in',
);
export const TASK_DURATION = seconds(
  'tasker_task_duration_seconds',
  [...TEMPLATE, 'state'],
  TASK_SECONDS,
  'From the first step of a task to its rest',
);

export const STEP_ATTEMPTS = counter(
  'tasker_step_attempts',
  [...STEP, 'outcome'],
  'Attempts that have ended by what this process has committed, by their outcome',
);
export const STEPS_FINISHED = counter(
  'tasker_steps_finished',
  [...STEP, 'state'],
  'Steps that ended by what this process has committed, by the state that they ended in',
);
export const STEP_RETRIES = counter(
  'tasker_step_retries',
  STEP,
  'Failed attempts after which another one was scheduled',
);
export const STEP_ERRORS = counter(
  'tasker_step_errors',
  [...STEP, 'category'],
  'Failed attempts by the category of their error',
);
export const RESULTS_REFUSED = counter('tasker_results_refused', STEP, 'Results of attempts that were no longer live');
export const STEP_DURATION = seconds(
  'tasker_step_duration_seconds',
  [...STEP, 'outcome'],
  ATTEMPT_SECONDS,
  'How long attempts ran',
);
export const QUEUE_WAIT = seconds(
  'tasker_step_queue_wait_seconds',
  TEMPLATE,
  WAIT_SECONDS,
  'How long steps waited for a worker from the moment on that one might take them; none where they were handed on',
);
export const CLAIM_DURATION = seconds(
  'tasker_claim_duration_seconds',
  [],
  ROUND_TRIP_SECONDS,
  'Round trips to the database that asked for steps',
);

export const STEPS_RUNNING = gauge('tasker_steps_running', [], 'Steps in the hands of the worker of this process');
export const WORKER_SLOTS = gauge('tasker_worker_slots', [], 'Steps that the worker of this process can run at once');
export const POOL_CONNECTIONS = gauge(
  'tasker_database_pool_connections',
  ['state'],
  'Connections of this process to the database, but for the one that listens and the one that beats',
);
export const POOL_SIZE = gauge('tasker_database_pool_size', [], 'Connections that the pool may have');
export const POOL_WAITING = gauge('tasker_database_pool_waiting', [], 'Those who wait for a connection');
export const EVENT_LOOP_LAG = gauge(
  'tasker_event_loop_lag_seconds',
  ['stat'],
  'By how much timers were late, over ten seconds or since the scrape before',
  'seconds',
);
export const EVENT_LOOP_UTILIZATION = gauge(
  'tasker_event_loop_utilization_ratio',
  [],
  'Share of the same time in which the event loop was busy',
  'ratio',
);
export const REGISTRY_ENTRIES = gauge('tasker_registry_entries', ['registry'], 'Entries of a registry of this process');
export const BUILD_INFO = gauge('tasker_build_info', ['version'], 'Always 1: the release that this process runs');
export const PROBE_UP = gauge(
  'tasker_probe_up',
  ['probe'],
  'Whether what is known of the database could be found out: what could not is left out',
);
export const PROBE_AGE = gauge(
  'tasker_probe_age_seconds',
  ['probe'],
  'Age of what is known of the database',
  'seconds',
);

export const TASKS = gauge('tasker_tasks', ['state'], 'Tasks that are not through, in all processes');
export const STEPS = gauge(
  'tasker_steps',
  ['state'],
  'Steps of tasks in progress, in all processes; none where these are more than 10,000',
);
export const STEPS_CLAIMABLE = gauge('tasker_steps_claimable', [], 'Steps that a worker may take now');
export const STEPS_DUE_LATER = gauge('tasker_steps_due_later', [], 'Steps that wait for their time');
export const STEPS_GATED = gauge(
  'tasker_steps_gated',
  [],
  'Steps that wait for a place within the limits of their template',
);
export const OLDEST_CLAIMABLE = gauge(
  'tasker_oldest_claimable_seconds',
  [],
  'How long the step has waited that is taken next, the longest over handlers and priorities; 0 where none waits',
  'seconds',
);
export const WORKERS = gauge('tasker_workers', ['state'], 'Workers by their state, in all processes');
export const CLUSTER_SLOTS = gauge(
  'tasker_cluster_slots',
  [],
  'Steps that the live workers of all processes can run at once',
);
export const CIRCUITS = gauge(
  'tasker_circuits',
  ['state'],
  'Systems that have failed lately, by the state of their circuit',
);
export const ALERTS = gauge(
  'tasker_alerts',
  ['alert', 'namespace', 'template', 'severity', 'state'],
  'Alerts by the state that they are in: inactive, pending, firing or resolved; 1 for each, in all processes',
);
export const SUBSCRIPTION_LAG_ROWS = gauge(
  'tasker_subscription_lag_rows',
  ['subscription'],
  'Rows of the audit that a durable subscription has not read',
  'rows',
);
export const SUBSCRIPTION_LAG_SECONDS = gauge(
  'tasker_subscription_lag_seconds',
  ['subscription'],
  'Age of the oldest of them',
  'seconds',
);
export const SUBSCRIPTION_PARKED = gauge(
  'tasker_subscription_parked',
  ['subscription'],
  'Events that a durable subscription has given up until somebody looks at them',
);
