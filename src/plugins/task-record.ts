import type { TaskView } from '../client/views.js';
import type { Json } from '../core/json.js';
import { masked } from '../core/masking.js';
import type { TaskRecord } from './exporter.js';

/** Values that are the application's: their names stay as they are, and what the template hides of them is hidden. */
const OPAQUE = new Set(['context', 'annotations', 'inputs', 'results']);

/** A task, and the steps that came with it, under the names that HTTP has for its fields. */
export function taskRecord(view: TaskView): TaskRecord {
  const { maskedFields, ...task } = view;
  return record(task, maskedFields ?? []);
}

function record(view: object, hidden: readonly string[]): TaskRecord {
  return Object.fromEntries(
    Object.entries(view)
      .filter(([key, value]) => key !== 'maskedFields' && value !== undefined)
      .map(([key, value]: [string, unknown]) => [
        key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        OPAQUE.has(key) ? masked(value as Json, hidden) : plain(value, hidden),
      ]),
  );
}

function plain(value: unknown, hidden: readonly string[]): Json {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => plain(item, hidden));
  return typeof value === 'object' && value !== null ? record(value, hidden) : (value as Json);
}
