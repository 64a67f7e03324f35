import type { KeyRing } from '../core/key-ring.js';
import { fullName, type TaskTemplate } from '../core/template.js';

const DAY_MS = 86_400_000;

/** What there is to say of the age of the key in force; null where it is young enough, or nobody asks. */
export function keyAgeWarning(keys: KeyRing | null, template: TaskTemplate, now = new Date()): string | null {
  const { encryption } = template.security;
  if (!keys || !encryption?.enabled || encryption.keyRotationIntervalSeconds === null) return null;
  const [id] = keys.ids;
  const days = Math.round(encryption.keyRotationIntervalSeconds / 86_400);
  const made = Date.parse(/^\d{4}-\d{2}-\d{2}/.exec(id!)?.[0] ?? '');
  if (Number.isNaN(made)) {
    return `The age of the key "${id}" is not known, and ${fullName(template)} wants a new one every ${days} days: begin its id with the day of its making.`;
  }
  const age = Math.floor((now.getTime() - made) / DAY_MS);
  if (age * 86_400 <= encryption.keyRotationIntervalSeconds) return null;
  return `The key "${id}" is ${age} days old, older than the ${days} days that ${fullName(template)} allows: put a new one before it in TASKER_ENCRYPTION_KEYS.`;
}
