import { STEP_STATES, type StepState } from '../core/states.js';
import type { Diagram } from './diagram.js';
import { STATE_COLOURS } from './state-colours.js';

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
  const { fill, stroke, text } = STATE_COLOURS[state];
  return `  classDef ${state} fill:${fill},stroke:${stroke},color:${text}`;
}

/** As Mermaid's character codes, which neither its syntax nor HTML can be made of. */
const escaped = (text: string): string =>
  text.replace(/[^\p{L}\p{N} _.:/-]/gu, (character) => `#${character.codePointAt(0)};`);
