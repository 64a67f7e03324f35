import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { TaskState } from '../core/states.js';
import { ATTRIBUTE } from './attributes.js';
import type { TaskTrace } from './task-trace.js';

/** Of a task that has come to rest. */
export interface TaskRun {
  status: TaskState;
  /** When its first step began; null where none did. */
  startedAt: Date | null;
  endedAt: Date;
}

/**
 * Writes the run of a task, from its first step to the commit that settled it: a span that nobody has held open
 * meanwhile. A task that is repaired and settles again has another one.
 */
export function writeRun(taskTrace: TaskTrace, { status, startedAt, endedAt }: TaskRun): void {
  // the database's clock began it, this machine's ends it
  const startTime = startedAt && startedAt < endedAt ? startedAt : endedAt;
  const attributes = { ...taskTrace.attributes, [ATTRIBUTE.taskStatus]: status };
  const span = taskTrace.start(`tasker.task.run ${taskTrace.task.template.name}`, {
    kind: SpanKind.INTERNAL,
    attributes,
    startTime,
  });
  if (status === 'error') span.setStatus({ code: SpanStatusCode.ERROR, message: 'a step has failed for good' });
  span.end(endedAt);
}
