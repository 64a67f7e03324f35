import type { Template } from './template-source.js';

/** The template's graph as Mermaid's text, top down. */
export function templateDiagram({ steps }: Template): string {
  // ids of their own: a step's name may hold what Mermaid takes for syntax
  const ids = new Map(steps.map(({ name }, n) => [name, `s${n}`]));
  const nodes = steps.map(({ name }) => `  ${ids.get(name)}["${escaped(name)}"]`);
  const edges = steps.flatMap(({ name, dependsOn }) =>
    dependsOn.map((parent) => `  ${ids.get(parent)} --> ${ids.get(name)}`),
  );
  return `${['graph TD', ...nodes, ...edges].join('\n')}\n`;
}

/** As Mermaid's character codes, which neither its syntax nor HTML can be made of. */
const escaped = (text: string): string =>
  text.replace(/[^\p{L}\p{N} _.:/-]/gu, (character) => `#${character.codePointAt(0)};`);
