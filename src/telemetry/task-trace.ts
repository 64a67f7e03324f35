import {
  propagation,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { ATTRIBUTE, taskAttributes, type TracedTask } from './attributes.js';
import { traceIdOfTask, withIds, type PresetIds } from './preset-ids.js';
import { isSampled, readTraceparent } from './traceparent.js';
import { tracer } from './tracer.js';

/** The trace of a task as it is stored with it. Whether it is sampled was decided when the task was created. */
export class TaskTrace {
  /** What belongs to the task hangs below this. */
  readonly context: Context;
  /** False: no process makes spans of the task. */
  readonly isSampled: boolean;
  private readonly ids: PresetIds;
  private own: Attributes | undefined;

  constructor(
    readonly task: TracedTask,
    traceparent: string | null,
  ) {
    const { taskId, correlationId } = task;
    const parent = readTraceparent(traceparent);
    const baggage = propagation.createBaggage({
      [ATTRIBUTE.taskId]: { value: taskId },
      [ATTRIBUTE.correlationId]: { value: correlationId },
    });
    const carried = propagation.setBaggage(ROOT_CONTEXT, baggage);
    this.context = parent ? trace.setSpanContext(carried, parent) : carried;
    // a task whose creator did not trace: its spans are roots of one trace, and each process asks its sampler about that
    this.ids = parent ? {} : { traceId: traceIdOfTask(taskId) };
    this.isSampled = parent === null || isSampled(parent);
  }

  /** What every span of the task says. */
  get attributes(): Attributes {
    return (this.own ??= taskAttributes(this.task));
  }

  /** @param spanId - where it must be a certain one */
  start(name: string, options: SpanOptions, spanId?: string): Span {
    return withIds({ ...this.ids, spanId }, () => tracer().startSpan(name, options, this.context));
  }
}
