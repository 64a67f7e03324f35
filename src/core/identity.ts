import { createHash } from 'node:crypto';
import { V7Generator } from 'uuidv7';
import { canonicalJson } from './json.js';

/** Makes the ids of tasks: UUIDv7, in the order of their making within one process. */
export class IdSource {
  private readonly generator = new V7Generator();

  next(): string {
    return this.generator.generate().toString();
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * A step's id is its task's with the last 16 bits exclusive-or the step's position + 1: a UUIDv7 that needs no column.
 * The 112 bits before make ids of different tasks differ.
 */
export function stepId(taskId: string, stepNo: number): string {
  const low = Number.parseInt(taskId.slice(-4), 16) ^ (stepNo + 1);
  return taskId.slice(0, -4) + low.toString(16).padStart(4, '0');
}

/** The position of the step with this id in this task; null if the id belongs to another task. */
export function stepNoOf(taskId: string, id: string): number | null {
  if (taskId.slice(0, -4).toLowerCase() !== id.slice(0, -4).toLowerCase()) return null;
  const stepNo = (Number.parseInt(taskId.slice(-4), 16) ^ Number.parseInt(id.slice(-4), 16)) - 1;
  return stepNo >= 0 ? stepNo : null;
}

/** SHA-256 over the canonical JSON of a value, in hexadecimal. */
export const contentHash = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');
