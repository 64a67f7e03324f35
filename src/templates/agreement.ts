import type { FailureStrategy } from '../core/template.js';
import type { Located, Reading } from './reader.js';
import type { TemplateFields } from './template-shape.js';
import { quoted } from './written.js';

/** What a template says of settings that have several names, over the dialects. */
export interface CommonSettings {
  namespace: string;
  /** In seconds. */
  maxDurationSeconds: number;
  retryLimit: number;
  failureStrategy: FailureStrategy;
}

/** A name of a setting, and what is said by it. */
type Said<T> = readonly [name: string, said: Located<T> | undefined];

const said = (fields: TemplateFields): { [S in keyof CommonSettings]: Said<CommonSettings[S]>[] } => ({
  namespace: [
    ['namespace_name', fields.namespace_name],
    ['namespace', fields.namespace],
  ],
  maxDurationSeconds: [
    ['max_duration_seconds', fields.max_duration_seconds],
    ['task_config.timeout_seconds', fields.task_config?.timeout_seconds],
    ['settings.max_execution_time', fields.settings?.max_execution_time],
  ],
  retryLimit: [
    ['task_config.retry_limit', fields.task_config?.retry_limit],
    ['settings.default_retry_limit', fields.settings?.default_retry_limit],
  ],
  failureStrategy: [
    ['workflow_config.failure_strategy', fields.workflow_config?.failure_strategy],
    ['settings.error_handling', fields.settings?.error_handling],
  ],
});

/** What is said, by whichever name; undefined where nothing is. */
export function commonSettings(fields: TemplateFields): Partial<CommonSettings> {
  const { namespace, maxDurationSeconds, retryLimit, failureStrategy } = said(fields);
  return {
    namespace: first(namespace),
    maxDurationSeconds: first(maxDurationSeconds),
    retryLimit: first(retryLimit),
    failureStrategy: first(failureStrategy),
  };
}

const first = <T>(names: readonly Said<T>[]): T | undefined => names.find(([, given]) => given)?.[1]?.value;

/** Complains of every setting that two names set differently. */
export function checkAgreement(fields: TemplateFields, { findings }: Reading): void {
  for (const names of Object.values<Said<string | number>[]>(said(fields))) {
    const [one, ...others] = names.flatMap(([name, given]) => (given ? [{ name, ...given }] : []));
    for (const { name, value, at } of others) {
      if (value === one!.value) continue;
      const is = typeof value === 'string' ? quoted(value) : value;
      findings.report(at, `${name} must be the same as ${one!.name} (${one!.at.text}), but is ${is}: give only one`);
    }
  }
}
