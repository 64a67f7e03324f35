import { analyzeDependencies } from '../core/dependency-analysis.js';
import { fullName } from '../core/template.js';
import type { TaskLife } from '../persistence/stores/analytics.store.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import type { CriticalStep } from './reports.js';

/** Which steps the length of these tasks hung on; the ones that took most of it first. */
export function criticalSteps(tasks: readonly { entry: CatalogEntry; life: TaskLife }[]): CriticalStep[] {
  const found = new Map<string, CriticalStep>();
  const paths = new Map<string, number>();
  for (const { entry, life } of tasks) {
    const { namespace, name, version, steps } = entry.template;
    const ran = new Map(life.steps.map(({ stepNo, state, seconds }) => [stepNo, { state, ranMs: seconds * 1000 }]));
    const facts = steps.map((_, n) => ran.get(n) ?? { state: 'pending' as const, ranMs: 0 });
    const { criticalPath } = analyzeDependencies(entry.graph, facts);
    const template = fullName(entry.template);
    paths.set(template, (paths.get(template) ?? 0) + criticalPath.ranMs / 1000);
    for (const stepNo of criticalPath.steps) {
      const step = entry.step(stepNo).name;
      const key = `${template} ${step}`;
      const row = found.get(key) ?? {
        ...{ namespace, name, version, fullName: template, step },
        ...{ tasks: 0, durationSeconds: 0, share: 0 },
      };
      row.tasks += 1;
      row.durationSeconds += facts[stepNo]!.ranMs / 1000;
      found.set(key, row);
    }
  }
  const rows = [...found.values()];
  for (const row of rows) row.share = paths.get(row.fullName)! > 0 ? row.durationSeconds / paths.get(row.fullName)! : 0;
  return rows.sort((a, b) => b.durationSeconds - a.durationSeconds);
}
