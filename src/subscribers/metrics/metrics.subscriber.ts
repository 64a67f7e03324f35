import type { JsonObject } from '../../core/json.js';
import { EventSubscriber } from '../../events/event-subscriber.decorator.js';
import { isMeantBy } from '../../events/event-name.js';
import { errorOf, metricName, numberAt } from '../../events/extract.js';
import { safeGet } from '../../events/safe-get.js';
import type { AnyEvent } from '../../events/tasker-events.js';
import type { EventSink } from '../shipped-subscriber.js';
import { EventMetrics } from './event-metrics.js';
import type { Labels, Metrics } from './metrics.js';

export interface MetricsConfig {
  /** Numbers to draw from payloads, as revenue from `results.total`. */
  values?: readonly MetricValue[];
}

/** A number in the payloads of some events. */
export interface MetricValue {
  /** An event, all that begin alike (`order.*`), or all (`*`). */
  event: string;
  /** Where it stands in the payload. */
  path: string;
  /** @default from the event and the path: `tasker_order_placed_total` */
  name?: string;
}

export const METRICS_CONFIG: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    environment: { type: 'string' },
    values: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['event', 'path'],
        properties: {
          event: { type: 'string', minLength: 1 },
          path: { type: 'string', minLength: 1 },
          name: { type: 'string', pattern: '^[A-Za-z_:][A-Za-z0-9_:]*$' },
        },
      },
    },
  },
};

/** Beside what became of the step: it would count the same failure twice. */
const BESIDE = new Set(['step.timed_out', 'step.worker_lost', 'observability.step.max_retries_reached']);

/** Counts events and classes of errors, and draws numbers from payloads. What becomes of tasks and steps is measured anyway. */
@EventSubscriber({ events: ['*'], configSchema: METRICS_CONFIG })
export class MetricsSubscriber implements EventSink {
  constructor(
    private readonly config: MetricsConfig = {},
    readonly metrics: Metrics = new EventMetrics(),
  ) {}

  handle(event: AnyEvent): void {
    this.metrics.count('tasker_events_total', { event: event.event });
    this.recordError(event);
    for (const value of this.config.values ?? []) this.recordValue(event, value);
  }

  private recordError(event: AnyEvent): void {
    const error = BESIDE.has(event.event) ? null : errorOf(event);
    if (error === null) return;
    const { kind, errorClass } = error;
    this.metrics.count('tasker_errors_total', { ...labelsOf(event, 'step'), kind, error_class: errorClass });
  }

  private recordValue(event: AnyEvent, { event: pattern, path, name }: MetricValue): void {
    if (!isMeantBy(pattern, event.event)) return;
    const number = numberAt(event, path);
    if (number === null) return;
    const labels: Labels = { event: event.event, ...labelsOf(event, 'task') };
    this.metrics.observe(name ?? metricName(event.event, path), labels, number);
  }
}

function labelsOf(event: AnyEvent, of: 'task' | 'step'): Labels {
  const labels = { namespace: safeGet(event, 'namespace', ''), task_name: safeGet(event, 'task_name', '') };
  return of === 'task' ? labels : { ...labels, step_name: safeGet(event, 'step_name', '') };
}
