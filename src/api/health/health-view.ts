import type { HealthReport } from '../../health/health-status.js';
import type { CheckResult } from '../../health/probe.js';
import type { CheckResource } from './health.resource.js';
import type { HealthStatusResource } from './health-status.resource.js';

export const checksOf = (checks: Record<string, CheckResult>): Record<string, CheckResource> =>
  Object.fromEntries(
    Object.entries(checks).map(([name, { status, detail, latencyMs }]) => [
      name,
      { status, detail, latency_ms: latencyMs },
    ]),
  );

export function healthStatusResource(report: HealthReport): HealthStatusResource {
  const { status, checkedAt, checks, process, worker, pool, disk, workers, queue, subscriptions, registries } = report;
  const { node, uptimeSeconds, eventLoopLagMs, roles, ...facts } = process;
  return {
    status,
    checked_at: checkedAt.toISOString(),
    checks: checksOf(checks),
    process: {
      ...facts,
      node_version: node,
      roles: [...roles],
      uptime_seconds: uptimeSeconds,
      event_loop_lag_ms: eventLoopLagMs,
    },
    worker: worker && {
      state: worker.state,
      slots: worker.slots,
      last_poll_at: worker.lastPollAt.toISOString(),
      last_beat_at: worker.lastBeatAt.toISOString(),
    },
    pool,
    disk,
    workers: workers && workersOf(workers),
    queue: queue && { ready: queue.ready, more: queue.more, oldest_ready_seconds: queue.oldestReadySeconds },
    subscriptions:
      subscriptions?.map(({ name, state, lagRows, lagSeconds, waiting, parked }) => ({
        name,
        state,
        lag_rows: lagRows,
        lag_seconds: lagSeconds,
        waiting,
        parked,
      })) ?? null,
    registries,
  };
}

function workersOf({ count, silent, slots, workers }: NonNullable<HealthReport['workers']>) {
  return {
    alive: count - silent,
    silent,
    slots,
    workers: workers.map(({ startedAt, silentSeconds, ...facts }) => ({
      ...facts,
      started_at: startedAt.toISOString(),
      silent_seconds: silentSeconds,
    })),
  };
}
