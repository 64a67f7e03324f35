import { figureNamed, figureNames, type FigureScope } from '../core/alerts/figure-names.js';
import { FIGURES } from '../core/alerts/figures.js';
import { parseCondition } from '../core/condition/condition.js';
import type { Reading } from './reader.js';
import type { LocatedAlert } from './shape/alert-shape.js';
import type { StepFields } from './shape/step-shape.js';
import type { TemplateFields } from './template-shape.js';
import { quoted } from './written.js';

const EXAMPLES = ' Figures are success_rate, step_execution_time, queue_depth and those in docs/alerts.md';

/** Holds what the alerts of a template ask for against the figures that there are. @param steps - all of them named */
export function checkAlerts(
  { monitoring, alerts }: TemplateFields,
  steps: readonly StepFields[],
  reading: Reading,
): void {
  const names = steps.map(({ name }) => name!.value);
  const metrics = monitoring?.metrics?.map(({ value }) => value.name) ?? [];
  for (const alert of [...(monitoring?.alerts ?? []), ...(alerts ?? [])]) {
    const { step = null } = alert.value;
    if (step !== null && !names.includes(step)) {
      const suggestion = reading.suggestions.didYouMean(step, names);
      reading.findings.report(alert.places.step!, `there is no step ${quoted(step)} to tell of.${suggestion}`);
    } else checkFigures(alert, { step, steps: names, metrics }, reading);
  }
}

/** Every name in the conditions of an alert must stand for something. */
export function checkFigures(
  { value, places }: LocatedAlert,
  scope: FigureScope,
  { findings, suggestions }: Reading,
): void {
  const conditions = [
    { text: value.condition, at: places.condition },
    ...(value.resolve === undefined ? [] : [{ text: value.resolve, at: places.resolve! }]),
  ];
  for (const { text, at } of conditions) {
    for (const name of parseCondition(text).names()) {
      const meant = figureNamed(name, scope);
      if (meant === null) {
        const mend = suggestions.didYouMean(name, figureNames(scope)) || EXAMPLES;
        findings.report(at, `the alert ${quoted(value.name)} asks for ${quoted(name)}, which is no figure.${mend}`);
      } else if (meant.kind === 'figure' && scope.step !== null && FIGURES[meant.figure].subject === 'tasks') {
        findings.report(
          at,
          `the alert ${quoted(value.name)} is about a step, and ${quoted(name)} about tasks: remove its step, or ask for a figure of steps`,
        );
      }
    }
  }
}
