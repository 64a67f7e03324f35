import { STEP_STATES, type StepState } from '../core/states.js';
import type { Diagram } from './diagram.js';

/** Fill, border and text of each state's nodes. */
const COLOURS: Record<StepState, [fill: string, stroke: string, color: string]> = {
  pending: ['#f3f4f6', '#9ca3af', '#374151'],
  ready: ['#dbeafe', '#3b82f6', '#1e3a8a'],
  in_progress: ['#fef3c7', '#f59e0b', '#78350f'],
  waiting_for_retry: ['#ffedd5', '#f97316', '#7c2d12'],
  error: ['#fee2e2', '#ef4444', '#7f1d1d'],
  complete: ['#dcfce7', '#22c55e', '#14532d'],
  resolved_manually: ['#ccfbf1', '#14b8a6', '#134e4a'],
  skipped: ['#ede9fe', '#8b5cf6', '#4c1d95'],
  cancelled: ['#e5e7eb', '#6b7280', '#1f2937'],
};

/** The diagram as Mermaid's text, top down, each step in the colour of its state. */
export function mermaid({ nodes, edges }: Diagram): string {
  // Ids of their own: a step's name may hold what Mermaid takes for syntax.
  const names = new Map(nodes.map(({ id }, n) => [id, `s${n}`]));
  const present = new Set(nodes.map(({ status }) => status));
  const lines = [
    'graph TD',
    ...nodes.map(({ id, name, status }) => `  ${names.get(id)}["${escaped(name)}<br/>${status}"]:::${status}`),
    ...edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}`),
    ...STEP_STATES.filter((state) => present.has(state)).map(classDefinition),
  ];
  return `${lines.join('\n')}\n`;
}

function classDefinition(state: StepState): string {
  const [fill, stroke, color] = COLOURS[state];
  return `  classDef ${state} fill:${fill},stroke:${stroke},color:${color}`;
}

/** As Mermaid's character codes, which neither its syntax nor HTML can be made of. */
const escaped = (text: string): string =>
  text.replace(/[^\p{L}\p{N} _.:/-]/gu, (character) => `#${character.codePointAt(0)};`);
