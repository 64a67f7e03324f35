import { ALERT_LABELS, FIGURES, OF_THE_SCOPE, SYNONYMS, type FigureName } from './figures.js';

/** What an alert is about, as far as names in its condition hang on that. */
export interface FigureScope {
  /** The step that it is about; null for a template, a namespace or everything. */
  step: string | null;
  /** Names of the template's steps; none where it is about more than one template. */
  steps: readonly string[];
  /** Names of metrics that the template declares. */
  metrics: readonly string[];
}

/** What a name in a condition stands for. */
export type NamedFigure =
  | { readonly kind: 'figure'; readonly figure: FigureName; readonly step: string | null }
  | { readonly kind: 'metric'; readonly metric: string }
  | { readonly kind: 'label' };

/**
 * What a name in the condition of an alert stands for: a label, a figure, a figure of a step with the step's name before
 * it (`charge_success_rate`), or a metric that the template declares. Null for what there is not.
 */
export function figureNamed(name: string, scope: FigureScope): NamedFigure | null {
  if ((ALERT_LABELS as readonly string[]).includes(name)) return { kind: 'label' };
  const figure = figureOf(name, scope.step !== null);
  if (figure !== null) return { kind: 'figure', figure, step: isOfSteps(figure) ? scope.step : null };
  const ofStep = figureOfStep(name, scope.steps);
  if (ofStep) return { kind: 'figure', ...ofStep };
  return scope.metrics.includes(name) ? { kind: 'metric', metric: name } : null;
}

/** Every name that would be right, for suggestions. */
export const figureNames = ({ steps, metrics }: FigureScope): string[] => [
  ...Object.keys(FIGURES),
  ...Object.keys(OF_THE_SCOPE),
  ...Object.keys(SYNONYMS),
  ...ALERT_LABELS,
  ...metrics,
  ...steps.flatMap((step) => Object.keys(OF_THE_SCOPE).map((name) => `${word(step)}_${name}`)),
];

const isFigure = (name: string): name is FigureName => Object.hasOwn(FIGURES, name);
const isOfSteps = (figure: FigureName): boolean => ['steps', 'backlog'].includes(FIGURES[figure].subject);

function figureOf(name: string, isAboutStep: boolean): FigureName | null {
  const scoped = Object.hasOwn(OF_THE_SCOPE, name) ? OF_THE_SCOPE[name]! : null;
  const meant = scoped
    ? scoped[isAboutStep ? 'steps' : 'tasks']
    : Object.hasOwn(SYNONYMS, name)
      ? SYNONYMS[name]!
      : name;
  return isFigure(meant) ? meant : null;
}

/** Of two steps whose names both fit, the one with the longer name. */
function figureOfStep(name: string, steps: readonly string[]): { figure: FigureName; step: string } | null {
  const fitting = steps.filter((step) => name.startsWith(`${word(step)}_`)).sort((a, b) => b.length - a.length);
  for (const step of fitting) {
    const rest = name.slice(word(step).length + 1);
    const figure = figureOf(rest, true) ?? figureOf(`step_${rest}`, true);
    if (figure !== null && FIGURES[figure].subject === 'steps') return { figure, step };
  }
  return null;
}

/** A step's name as conditions write it, who know letters, digits and underscores alone. */
const word = (step: string): string => step.replace(/[^A-Za-z0-9_]/g, '_');
