import type { Findings } from './findings.js';
import { merged } from './overlay.js';
import { MAX_VALUES } from './written.js';
import type { Written, WrittenEntry, WrittenMap } from './written.js';

const KEY = 'handler_config';

/** The template with the `handler_config` of its root laid under that of every step. */
export function withSharedConfig(template: WrittenMap, findings: Findings): WrittenMap {
  const shared = template.entries.get(KEY);
  const steps = template.entries.get('step_templates');
  if (shared?.value.kind !== 'map' || steps?.value.kind !== 'list') return template;
  const { items } = steps.value;
  if (valuesIn(shared.value) * items.length > MAX_VALUES) {
    const most = MAX_VALUES.toLocaleString('en');
    findings.report(
      shared.value.at,
      `${KEY} is laid under ${items.length} steps, which makes more than ${most} values: make it smaller`,
    );
    return template;
  }
  const value: Written = { ...steps.value, items: items.map((step) => withConfig(step, shared)) };
  return { ...template, entries: new Map(template.entries).set('step_templates', { ...steps, value }) };
}

function withConfig(step: Written, shared: WrittenEntry): Written {
  if (step.kind !== 'map') return step;
  const own = step.entries.get(KEY);
  if (own && own.value.kind !== 'map') return step;
  const entry = own ? { ...own, value: { ...merged(shared.value, own.value), at: own.value.at } } : shared;
  return { ...step, entries: new Map(step.entries).set(KEY, entry) };
}

function valuesIn(written: Written): number {
  if (written.kind === 'list') return written.items.reduce((sum, item) => sum + valuesIn(item), 1);
  if (written.kind !== 'map') return 1;
  return [...written.entries.values()].reduce((sum, { value }) => sum + valuesIn(value), 1);
}
