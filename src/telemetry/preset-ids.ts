import { context, createContextKey, type Context } from '@opentelemetry/api';

/** Symbols of the whole process: the preload may be another copy of this module than the library's. */
const TRACE_ID = createContextKey('nest-tasker trace id');
const SPAN_ID = createContextKey('nest-tasker span id');

export interface PresetIds {
  traceId?: string;
  spanId?: string;
}

/** Starts a span under ids that are known beforehand. They are taken by `PresetIdGenerator`; another SDK makes its own. */
export function withIds<T>({ traceId, spanId }: PresetIds, start: () => T): T {
  let within: Context = context.active();
  if (traceId !== undefined) within = within.setValue(TRACE_ID, traceId);
  if (spanId !== undefined) within = within.setValue(SPAN_ID, spanId);
  return context.with(within, start);
}

export const presetTraceId = (): string | undefined => context.active().getValue(TRACE_ID) as string | undefined;
export const presetSpanId = (): string | undefined => context.active().getValue(SPAN_ID) as string | undefined;

/** The trace of a task that has joined no other: its own id, without dashes. */
export const traceIdOfTask = (taskId: string): string => taskId.replaceAll('-', '');

/** Odd, so that no two products of different numbers are the same. */
const SPREAD = 0x9e3779b1;

/**
 * The span of an attempt, the same whoever asks: so that what follows a lost attempt can name its span, and whoever
 * finds it lost can write it. Made of the random half of the task's id: no two attempts of a task have the same one.
 */
export function spanIdOfAttempt(taskId: string, stepNo: number, attempt: number): string {
  const place = Math.imul((stepNo << 16) | attempt, SPREAD);
  const low = (parseInt(taskId.slice(28), 16) ^ place) >>> 0;
  return taskId.slice(19, 23) + taskId.slice(24, 28) + low.toString(16).padStart(8, '0');
}
