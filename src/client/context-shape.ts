import type { Finding } from '../core/errors.js';
import { isPlainObject } from '../core/json.js';
import { keyPath } from '../templates/written.js';
import { MAX_DEPTH, unfit } from '../templates/written.js';

/** More than this many findings say nothing more. */
const MOST_FINDINGS = 100;

/** Everything that keeps a value from being stored as JSON in PostgreSQL. Properties that are undefined are as good as absent. */
export function jsonFindings(value: unknown, path: string): Finding[] {
  const findings: Finding[] = [];
  inspect(value, path, 1, findings);
  return findings;
}

function inspect(value: unknown, path: string, depth: number, findings: Finding[]): void {
  if (findings.length >= MOST_FINDINGS || value === null || typeof value === 'boolean') return;
  const report = (message: string | null): unknown => message !== null && findings.push({ path, message });
  if (typeof value === 'string' || typeof value === 'number') {
    report(unfit(value));
  } else if (typeof value !== 'object') {
    report(`a value of type ${typeof value} is not JSON`);
  } else if (depth > MAX_DEPTH) {
    report(`nested deeper than ${MAX_DEPTH} levels: make it flatter`);
  } else if (Array.isArray(value)) {
    // not forEach, which passes over holes
    for (let n = 0; n < value.length; n++) inspect(value[n], `${path}[${n}]`, depth + 1, findings);
  } else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) {
      const unfitKey = unfit(key);
      if (unfitKey !== null) findings.push({ path: keyPath(path, key), message: `in the key: ${unfitKey}` });
      else if (value[key] !== undefined) inspect(value[key], keyPath(path, key), depth + 1, findings);
    }
  } else {
    report(
      `an object of class ${value.constructor?.name || 'unknown'} is not JSON: give a plain object, a list or text`,
    );
  }
}
